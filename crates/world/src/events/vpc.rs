//! VPCs and subnets, their attributes and address blocks, prefix lists, and VPC Block Public Access.

use super::Event;
use super::part::{Part, members_of};
use crate::delta::{Edit, State};
use serde_json::{Value, json};

const VPC: &str = "AWS::EC2::VPC";
const PREFIX_LIST: &str = "AWS::EC2::PrefixList";
const EXCLUSION: &str = "AWS::EC2::VPCBlockPublicAccessExclusion";

pub(super) fn create(event: &Event<'_>) -> Vec<Edit> {
    event.created(VPC, "Vpc", "VpcId")
}

pub(super) fn delete(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(VPC, "VpcId")
}

pub(super) fn create_subnet(event: &Event<'_>) -> Vec<Edit> {
    event.created("AWS::EC2::Subnet", "Subnet", "SubnetId")
}

pub(super) fn delete_subnet(event: &Event<'_>) -> Vec<Edit> {
    event.deleted("AWS::EC2::Subnet", "SubnetId")
}

pub(super) fn modify_attribute(event: &Event<'_>) -> Vec<Edit> {
    let Some(id) = event.asked.text("VpcId") else { return Vec::new() };
    let part = Part::of(VPC, &id);
    let flags = ["EnableDnsSupport", "EnableDnsHostnames"].into_iter();
    flags.filter_map(|member| Some(part.flipped(member, event.asked.flag(member)?))).collect()
}

pub(super) fn associate_dhcp_options(event: &Event<'_>) -> Vec<Edit> {
    let (Some(vpc), Some(options)) = (event.asked.text("VpcId"), event.asked.text("DhcpOptionsId")) else {
        return Vec::new();
    };
    vec![Part::of(VPC, &vpc).assigned("DhcpOptionsId", json!(options))]
}

/// The two families of address blocks: member of the VPC's document, member of the answer, name of the block.
const BLOCKS: [(&str, &str, &str, &str); 2] = [
    ("CidrBlockAssociationSet", "CidrBlockAssociation", "CidrBlock", "CidrBlockState"),
    ("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlockAssociation", "Ipv6CidrBlock", "Ipv6CidrBlockState"),
];

pub(super) fn associate_cidr(event: &Event<'_>) -> Vec<Edit> {
    let Some(vpc) = event.answered.text("VpcId").or_else(|| event.asked.text("VpcId")) else {
        return Vec::new();
    };
    let part = Part::of(VPC, &vpc);
    let mut edits = Vec::new();
    for (member, answer, block, state) in BLOCKS {
        let answered = event.answered.at(answer);
        let Some(cidr) = answered.text(block).or_else(|| event.asked.text(block)) else { continue };
        let mut value = members_of(answered, &["AssociationId", "Ipv6Pool", "NetworkBorderGroup"]);
        value.insert(block.to_owned(), json!(cidr));
        value.insert(state.to_owned(), json!({"State": "associated"}));
        edits.push(part.added(member, cidr, Value::Object(value)));
    }
    if edits.is_empty() { vec![part.unclear("CidrBlockAssociationSet")] } else { edits }
}

pub(super) fn disassociate_cidr(event: &Event<'_>) -> Vec<Edit> {
    let Some(id) = event.asked.text("AssociationId") else { return Vec::new() };
    // The document knows more of the association than the answer (the pool of an IPv6 block).
    if let Some(known) = event.ids.cidr_association(&id) {
        let before = State::Present(known.document.clone());
        return vec![Part::of(VPC, &known.vpc).removed(known.member, known.cidr.as_str(), before)];
    }
    for (member, answer, block, state) in BLOCKS {
        let answered = event.answered.at(answer);
        if let (Some(vpc), Some(cidr)) = (event.answered.text("VpcId"), answered.text(block)) {
            let value = json!({"AssociationId": id, block: cidr, state: {"State": "associated"}});
            return vec![Part::of(VPC, &vpc).removed(member, cidr, State::Present(value))];
        }
    }
    vec![Part::of("AWS::EC2::VPCCidrBlock", &id).deleted()]
}

pub(super) fn modify_prefix_list(event: &Event<'_>) -> Vec<Edit> {
    let Some(id) = event.asked.text("PrefixListId") else { return Vec::new() };
    let part = Part::of(PREFIX_LIST, &id);
    let cidrs = |path: &str| {
        let entries = event.asked.list(path).into_iter();
        entries.filter_map(|entry| entry.text("Cidr").or_else(|| entry.only_text()))
    };
    let removed =
        cidrs("RemoveEntries").map(|cidr| part.removed("Cidrs", cidr.as_str(), State::Present(json!(cidr))));
    let added = cidrs("AddEntries").map(|cidr| part.added("Cidrs", cidr.as_str(), json!(cidr)));
    removed.chain(added).collect()
}

pub(super) fn restore_prefix_list(event: &Event<'_>) -> Vec<Edit> {
    // The content of the version is in neither request nor answer.
    event
        .asked
        .text("PrefixListId")
        .map(|id| Part::of(PREFIX_LIST, &id).unclear("Cidrs"))
        .into_iter()
        .collect()
}

pub(super) fn modify_block_public_access(event: &Event<'_>) -> Vec<Edit> {
    let Some(mode) = event.asked.text("InternetGatewayBlockMode") else { return Vec::new() };
    let id = format!("{}/{}", event.record.account, event.record.region);
    vec![
        Part::of("AWS::EC2::VPCBlockPublicAccessOptions", &id)
            .assigned("InternetGatewayBlockMode", json!(mode)),
    ]
}

pub(super) fn create_exclusion(event: &Event<'_>) -> Vec<Edit> {
    let answered = event.answered.at("VpcBlockPublicAccessExclusion");
    let Some(id) = answered.text("ExclusionId") else { return Vec::new() };
    let mut document = answered.value().clone();
    if let (Value::Object(members), Some(mode)) =
        (&mut document, event.asked.text("InternetGatewayExclusionMode"))
    {
        members.insert("InternetGatewayExclusionMode".to_owned(), json!(mode));
        members.insert("State".to_owned(), json!("create-complete"));
    }
    vec![Part::of(EXCLUSION, &id).created(document)]
}

pub(super) fn modify_exclusion(event: &Event<'_>) -> Vec<Edit> {
    let (Some(id), Some(mode)) =
        (event.asked.text("ExclusionId"), event.asked.text("InternetGatewayExclusionMode"))
    else {
        return Vec::new();
    };
    vec![Part::of(EXCLUSION, &id).assigned("InternetGatewayExclusionMode", json!(mode))]
}

pub(super) fn delete_exclusion(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(EXCLUSION, "ExclusionId")
}
