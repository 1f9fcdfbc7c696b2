//! VPC endpoints and what owns interfaces; semantics 28 and 40 to 49.

use crate::world::{ENDPOINT, ENI, LIST, RTB, World, route, world};
use butfor_network::Place;
use serde_json::json;

fn with_interface_endpoint() -> World {
    let mut w = world();
    w.group("sg-vpce", "vpc-a", &["tcp/443 sg-app"], &[]);
    let more = json!({"InterfaceType": "vpc_endpoint", "Description": "VPC Endpoint Interface vpce-1"});
    w.interface("eni-vpce-2", "subnet-db", "10.0.2.50", &["sg-vpce"], more.clone());
    w.interface("eni-vpce-1", "subnet-app", "10.0.1.50", &["sg-vpce"], more);
    let endpoint = json!({"VpcEndpointType": "Interface", "VpcId": "vpc-a", "ServiceName": "com.amazonaws.eu-west-1.kms", "State": "available",
        "SubnetIds": ["subnet-app", "subnet-db"], "NetworkInterfaceIds": ["eni-vpce-1", "eni-vpce-2"]});
    w.put(ENDPOINT, "vpce-1", endpoint);
    w
}

#[test]
fn an_interface_endpoint_is_its_interfaces() {
    let mut w = with_interface_endpoint();
    w.check("i-app", "vpce-1", "tcp/443", "delivered");
    w.check("i-app", "10.0.2.50", "tcp/443", "delivered");
    w.check("i-app", "vpce-1", "tcp/80", "blocked ENI_SG_RULES_MISMATCH sg-vpce");
    w.check("i-web", "vpce-1", "tcp/443", "blocked ENI_SG_RULES_MISMATCH sg-vpce");
    w.set(ENDPOINT, "vpce-1", "State", json!("rejected"));
    w.check("i-app", "vpce-1", "tcp/443", "blocked BAD_STATE vpce-1");
}

#[test]
fn an_endpoint_without_subnets_serves_nobody() {
    let mut w = with_interface_endpoint();
    w.set(ENDPOINT, "vpce-1", "SubnetIds", json!([])).set(
        ENDPOINT,
        "vpce-1",
        "NetworkInterfaceIds",
        json!([]),
    );
    w.remove(ENI, "eni-vpce-1").remove(ENI, "eni-vpce-2");
    assert_eq!(
        w.network().resolve("vpce-1").unwrap(),
        [Place::Resource { kind: ENDPOINT.into(), id: "vpce-1".into() }]
    );
    w.check("i-app", "vpce-1", "tcp/443", "blocked NO_POSSIBLE_DESTINATION vpce-1");
}

#[test]
fn the_endpoint_of_the_clients_zone_serves_it() {
    let w = with_interface_endpoint();
    let network = w.network();
    let to = Place::Resource { kind: ENDPOINT.into(), id: "vpce-1".into() };
    let mut flow = crate::world::flow(&network, "i-app", "vpce-1", "tcp/443");
    flow.to = to;
    let reached =
        |flow: &butfor_network::Flow| network.trace(flow).forward.hops.last().unwrap().component.id.clone();
    assert_eq!(reached(&flow), "eni-vpce-1");
    flow.from = network.resolve("eni-db").unwrap().remove(0);
    assert_eq!(reached(&flow), "eni-vpce-2");
}

fn with_gateway_endpoint() -> World {
    let mut w = world();
    w.put(LIST, "pl-s3", json!({"PrefixListName": "com.amazonaws.eu-west-1.s3", "Cidrs": ["52.218.0.0/17"]}));
    w.put(ENDPOINT, "vpce-s3", json!({"VpcEndpointType": "Gateway", "VpcId": "vpc-a", "ServiceName": "com.amazonaws.eu-west-1.s3", "State": "available", "RouteTableIds": ["rtb-app"], "SubnetIds": []}));
    w.set(
        RTB,
        "rtb-app",
        "Routes",
        json!([route("10.0.0.0/16", "local"), route("0.0.0.0/0", "nat-a"), route("pl-s3", "vpce-s3")]),
    );
    w
}

#[test]
fn a_gateway_endpoint_beats_the_default_route() {
    let mut w = with_gateway_endpoint();
    w.check("i-app", "52.218.1.1", "tcp/443", "delivered");
    let uses = |w: &World, to: &str, id: &str| {
        w.trace("i-app", to, "tcp/443").forward.hops.iter().any(|hop| hop.component.id == id)
    };
    assert!(uses(&w, "52.218.1.1", "vpce-s3"));
    assert!(uses(&w, "198.51.100.1", "nat-a"));
    w.check("i-app", "52.218.1.1", "udp/443", "blocked VPCE_GATEWAY_PROTOCOL_RESTRICTION vpce-s3");
    w.check("i-app", "52.218.1.1", "icmp", "delivered");
    w.set(ENDPOINT, "vpce-s3", "State", json!("deleted"));
    w.check("i-app", "52.218.1.1", "tcp/443", "blocked BAD_STATE vpce-s3");
}

#[test]
fn an_unknown_list_of_a_gateway_endpoint_holds_public_addresses_only() {
    let mut w = with_gateway_endpoint();
    w.remove(LIST, "pl-s3");
    w.check("i-app", "52.218.1.1", "tcp/443", "unknown AWS::EC2::PrefixList pl-s3");
    w.check("i-app", "eni-db", "tcp/3306", "delivered");
    // Reserved for documentation: no service of AWS has it.
    w.check("i-app", "198.51.100.1", "tcp/443", "delivered");
}

#[test]
fn resources_are_found_by_what_tells_them() {
    let mut w = world();
    let database = json!({"DBInstanceStatus": "available", "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-db"}], "Endpoint": {"Address": "orders.x.eu-west-1.rds.amazonaws.com", "Port": 3306},
        "DBSubnetGroup": {"VpcId": "vpc-a", "Subnets": [{"SubnetIdentifier": "subnet-db"}, {"SubnetIdentifier": "subnet-app"}]}});
    w.put("AWS::RDS::DBInstance", "orders", database);
    let network = w.network();
    let eni_db = Place::Interface { id: "eni-db".into(), address: None };
    for name in ["orders", "orders.x.eu-west-1.rds.amazonaws.com", "eni-db"] {
        assert_eq!(network.resolve(name).unwrap(), std::slice::from_ref(&eni_db));
    }
    let owner = network.owner_of(network.interface("eni-db").unwrap()).unwrap();
    assert_eq!((owner.kind, owner.id.as_str()), ("AWS::RDS::DBInstance", "orders"));
    let owner = network.owner_of(network.interface("eni-nat").unwrap()).unwrap();
    assert_eq!(owner.id, "nat-a");
    assert!(network.resolve("nothing").is_err());
    w.remove(ENI, "eni-db");
    w.check("i-app", "orders", "tcp/3306", "unknown AWS::EC2::NetworkInterface ?");
}
