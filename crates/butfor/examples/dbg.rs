//! dbg
fn main(){
 let p=std::env::args().nth(1).unwrap();
 let b=butfor_adapters::bundle::read(std::path::Path::new(&p), &mut |_|{}).unwrap();
 let h=butfor_world::History::read(&b.case);
 for c in h.changes(){ println!("{:?} {:?}", c.when, c.event.as_ref().map(|e|&e.event_name)); for e in &c.delta.edits { println!("   {:?} {:?} {:?} -> {:?}", e.resource, e.facet, format!("{:?}",e.before).chars().take(200).collect::<String>(), format!("{:?}",e.after).chars().take(200).collect::<String>()); } }
 let mut w=h.latest().clone(); for c in h.changes().iter().rev(){ w=w.with(&c.delta.inverse()); }
 for r in w.of_kind("AWS::EC2::VPCEndpoint"){ println!("{}", &r.json()[..600.min(r.json().len())]); }
 for r in w.of_kind("AWS::EC2::NetworkInterface"){ if r.json().contains("vpce-") {println!("{}", &r.json());} }
 for d in h.doubts(){ println!("doubt {}", d.text); }
}
