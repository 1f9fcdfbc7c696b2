//! Configuration of networks: what decides whether packets get there and back (network-semantics, section 3).

use super::answers::text;
use super::{Domain, Look, Place, Wanted, ask};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Describe calls without parameters that every walk needs.
const CORE: &[(&str, &str)] = &[
    ("ec2", "DescribeVpcs"),
    ("ec2", "DescribeSubnets"),
    ("ec2", "DescribeRouteTables"),
    ("ec2", "DescribeNetworkAcls"),
    ("ec2", "DescribeSecurityGroups"),
    ("ec2", "DescribeNetworkInterfaces"),
    ("ec2", "DescribeInstances"),
];

/// What the alert's own place has besides.
const HOME: &[(&str, &str)] =
    &[("ec2", "DescribeVpcEndpoints"), ("rds", "DescribeDBInstances"), ("ec2", "DescribeFlowLogs")];

/// Describe calls for what something recorded names: the beginning of the ids, then the call.
const NAMED: &[(&str, &str, &str)] = &[
    ("igw-", "ec2", "DescribeInternetGateways"),
    ("eigw-", "ec2", "DescribeEgressOnlyInternetGateways"),
    ("nat-", "ec2", "DescribeNatGateways"),
    ("pcx-", "ec2", "DescribeVpcPeeringConnections"),
    ("pl-", "ec2", "DescribePrefixLists"),
    ("vgw-", "ec2", "DescribeVpnGateways"),
    ("sgr-", "ec2", "DescribeSecurityGroupRules"),
    ("tgw-", "ec2", "DescribeTransitGatewayVpcAttachments"),
    // Tells who owns the gateway, and so who can be asked about its route tables.
    ("tgw-", "ec2", "DescribeTransitGatewayAttachments"),
    ("ELB app/", "elbv2", "DescribeLoadBalancers"),
    ("ELB net/", "elbv2", "DescribeLoadBalancers"),
    ("ELB app/", "elbv2", "DescribeTargetGroups"),
    ("ELB net/", "elbv2", "DescribeTargetGroups"),
    ("firewall", "network-firewall", "ListFirewalls"),
];

/// Calls about a transit gateway that its owner can make.
const TRANSIT: &[(&str, &str)] = &[
    ("ec2", "DescribeTransitGateways"),
    ("ec2", "DescribeTransitGatewayAttachments"),
    ("ec2", "DescribeTransitGatewayRouteTables"),
];

/// Further places at the most, and single resources asked about one by one.
const PLACES_MAX: usize = 8;
const VPCS_MAX: usize = 4;
const BALANCERS_MAX: usize = 4;
const TRANSIT_TABLES_MAX: usize = 8;
const FLOW_LOGS_MAX: usize = 3;

/// How long before the alarm flow logs are read: what was accepted before must be in them.
const FLOW_LOGS_BEFORE_SECONDS: i64 = 1800;

/// What the network of an incident still lacks.
pub(super) fn wanted(look: &Look<'_>) -> Vec<Wanted> {
    if !look.domains().contains(&Domain::Network) && !has_functions_in_vpcs(look) {
        return Vec::new();
    }
    let home = &look.scope.home;
    let mut all = of_place(look, home);
    all.extend(HOME.iter().map(|(service, operation)| ask(home, 1, service, operation, &json!({}))));
    for place in other_places(look) {
        all.extend(of_place(look, &place));
    }
    all.extend(flow_logs(look));
    all
}

/// Records of flow logs that cover the alert's place, from before the changes until now.
fn flow_logs(look: &Look<'_>) -> Vec<Wanted> {
    let home = &look.scope.home;
    let window = (look.since(FLOW_LOGS_BEFORE_SECONDS).to_string(), look.scope.now.to_string());
    let of = |flow_log: &Value| {
        let kept = kept(flow_log)?;
        let mut parameters = json!({
            "flow_log": text(flow_log, "FlowLogId")?, "from": window.0, "until": window.1,
            "format": text(flow_log, "LogFormat").unwrap_or_default(),
        });
        parameters.as_object_mut()?.extend(kept);
        Some(ask(home, 3, "ec2", "FlowLogRecords", &parameters))
    };
    look.answers.list("DescribeFlowLogs", "FlowLogs", home).take(FLOW_LOGS_MAX).filter_map(of).collect()
}

/// Where a flow log is kept, as parameters; `None` for places that are not read (Firehose).
fn kept(flow_log: &Value) -> Option<serde_json::Map<String, Value>> {
    let place = match text(flow_log, "LogDestinationType") {
        Some("s3") => {
            let path = text(flow_log, "LogDestination")?.rsplit(":::").next()?;
            let (bucket, folder) = path.split_once('/').unwrap_or((path, ""));
            let folder = folder.trim_end_matches('/');
            let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            json!({"bucket": bucket, "prefix": prefix})
        }
        Some("cloud-watch-logs") | None => json!({"log_group": text(flow_log, "LogGroupName")?}),
        Some(_) => return None,
    };
    place.as_object().cloned()
}

/// Everything that configures the networks of all places.
pub(super) fn configuration(look: &Look<'_>) -> Vec<Wanted> {
    let mut all = Vec::new();
    for place in [&look.scope.home].into_iter().chain(&look.scope.others) {
        all.extend(of_place(look, place));
        all.extend(HOME.iter().map(|(service, operation)| ask(place, 1, service, operation, &json!({}))));
    }
    all
}

/// The core of a place, then what it names. An account that owns nothing but the gateway has no network of interest.
fn of_place(look: &Look<'_>, place: &Place) -> Vec<Wanted> {
    let mut all = Vec::new();
    let attached = every_attachment(look);
    let has_network = |owner: &str| {
        attached
            .iter()
            .any(|it| ["VpcOwnerId", "ResourceOwnerId"].iter().any(|member| text(it, member) == Some(owner)))
    };
    let owns_gateway = attached.iter().any(|it| text(it, "TransitGatewayOwnerId") == Some(&place.account));
    if !owns_gateway || has_network(&place.account) || *place == look.scope.home {
        all.extend(CORE.iter().map(|(service, operation)| ask(place, 1, service, operation, &json!({}))));
    }
    let named = NAMED.iter().filter(|(beginning, ..)| look.answers.mentions(place, beginning));
    all.extend(named.map(|(_, service, operation)| ask(place, 2, service, operation, &json!({}))));
    all.extend(vpcs(look, place));
    all.extend(balancers(look, place));
    all.extend(transit(look, place));
    all.extend(firewalls(look, place));
    all.extend(prefix_lists(look, place));
    all
}

/// DNS attributes of networks with something in them.
fn vpcs(look: &Look<'_>, place: &Place) -> Vec<Wanted> {
    let interfaces = look.answers.list("DescribeNetworkInterfaces", "NetworkInterfaces", place);
    let used: BTreeSet<&str> = interfaces.filter_map(|it| text(it, "VpcId")).collect();
    let attribute = |vpc: &str, attribute: &str| {
        ask(place, 2, "ec2", "DescribeVpcAttribute", &json!({"VpcId": vpc, "Attribute": attribute}))
    };
    let each = |vpc: &&str| [attribute(vpc, "enableDnsSupport"), attribute(vpc, "enableDnsHostnames")];
    used.iter().take(VPCS_MAX).flat_map(each).collect()
}

/// Listeners and health of load balancers.
fn balancers(look: &Look<'_>, place: &Place) -> Vec<Wanted> {
    let mut all = Vec::new();
    let arns = |operation: &'static str, key: &'static str, member: &'static str| {
        let list = look.answers.list(operation, key, place);
        list.filter_map(|it| text(it, member)).take(BALANCERS_MAX).collect::<Vec<_>>()
    };
    for arn in arns("DescribeLoadBalancers", "LoadBalancers", "LoadBalancerArn") {
        all.push(ask(place, 3, "elbv2", "DescribeListeners", &json!({"LoadBalancerArn": arn})));
    }
    for arn in arns("DescribeTargetGroups", "TargetGroups", "TargetGroupArn") {
        all.push(ask(place, 3, "elbv2", "DescribeTargetHealth", &json!({"TargetGroupArn": arn})));
    }
    all
}

/// Transit gateway route tables, asked of the gateway's owner: nobody else sees them (emulator notes, section 4).
fn transit(look: &Look<'_>, place: &Place) -> Vec<Wanted> {
    let attachments = every_attachment(look);
    let owns = attachments.iter().any(|it| text(it, "TransitGatewayOwnerId") == Some(&place.account));
    if !owns {
        return Vec::new();
    }
    let mut all: Vec<Wanted> =
        TRANSIT.iter().map(|(service, operation)| ask(place, 2, service, operation, &json!({}))).collect();
    let tables = look.answers.list("DescribeTransitGatewayRouteTables", "TransitGatewayRouteTables", place);
    for id in tables.filter_map(|it| text(it, "TransitGatewayRouteTableId")).take(TRANSIT_TABLES_MAX) {
        let table = json!({"TransitGatewayRouteTableId": id});
        all.push(ask(place, 2, "ec2", "GetTransitGatewayRouteTableAssociations", &table));
        all.push(ask(place, 2, "ec2", "GetTransitGatewayRouteTablePropagations", &table));
        // The operation demands a filter; this one leaves nothing out.
        let search = json!({"TransitGatewayRouteTableId": id, "Filters": [{"Name": "state", "Values": ["active", "blackhole"]}]});
        all.push(ask(place, 2, "ec2", "SearchTransitGatewayRoutes", &search));
    }
    all
}

fn every_attachment<'l>(look: &'l Look<'_>) -> Vec<&'l Value> {
    let lists = [
        ("DescribeTransitGatewayVpcAttachments", "TransitGatewayVpcAttachments"),
        ("DescribeTransitGatewayAttachments", "TransitGatewayAttachments"),
    ];
    let of = |(operation, key): (&str, &'static str)| {
        look.answers.of(operation).iter().filter_map(move |it| it.output.get(key)?.as_array())
    };
    lists.into_iter().flat_map(of).flatten().collect()
}

/// Firewalls on the way, with their policies and rules.
fn firewalls(look: &Look<'_>, place: &Place) -> Vec<Wanted> {
    let mut all = Vec::new();
    for arn in look.answers.list("ListFirewalls", "Firewalls", place).filter_map(|it| text(it, "FirewallArn"))
    {
        all.push(ask(place, 3, "network-firewall", "DescribeFirewall", &json!({"FirewallArn": arn})));
    }
    for answer in look.answers.of("DescribeFirewall").iter().filter(|it| it.place == *place) {
        if let Some(arn) = answer.output.pointer("/Firewall/FirewallPolicyArn").and_then(Value::as_str) {
            all.push(ask(
                place,
                3,
                "network-firewall",
                "DescribeFirewallPolicy",
                &json!({"FirewallPolicyArn": arn}),
            ));
        }
    }
    for answer in look.answers.of("DescribeFirewallPolicy").iter().filter(|it| it.place == *place) {
        for kind in ["StatelessRuleGroupReferences", "StatefulRuleGroupReferences"] {
            let groups = answer.output.pointer(&format!("/FirewallPolicy/{kind}")).and_then(Value::as_array);
            let arns = groups.into_iter().flatten().filter_map(|it| text(it, "ResourceArn"));
            all.extend(arns.map(|arn| {
                ask(place, 3, "network-firewall", "DescribeRuleGroup", &json!({"RuleGroupArn": arn}))
            }));
        }
    }
    all
}

/// Entries of customers' own prefix lists that routes or rules name; AWS's own lists are in `DescribePrefixLists`.
fn prefix_lists(look: &Look<'_>, place: &Place) -> Vec<Wanted> {
    if !look.answers.has("DescribePrefixLists") {
        return Vec::new();
    }
    let known: BTreeSet<&str> = look
        .answers
        .list("DescribePrefixLists", "PrefixLists", place)
        .filter_map(|it| text(it, "PrefixListId"))
        .collect();
    let mut named = BTreeSet::new();
    for (operation, key) in
        [("DescribeRouteTables", "RouteTables"), ("DescribeSecurityGroups", "SecurityGroups")]
    {
        for document in look.answers.list(operation, key, place) {
            collect_ids(document, "pl-", &mut named);
        }
    }
    let own = named.iter().filter(|id| !known.contains(id.as_str())).take(BALANCERS_MAX);
    own.map(|id| ask(place, 3, "ec2", "GetManagedPrefixListEntries", &json!({"PrefixListId": id}))).collect()
}

fn collect_ids(value: &Value, beginning: &str, ids: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.starts_with(beginning) => {
            ids.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| collect_ids(item, beginning, ids)),
        Value::Object(members) => members.values().for_each(|member| collect_ids(member, beginning, ids)),
        _ => {}
    }
}

/// Other accounts that own a transit gateway, an attachment or a peer of what is seen, and that may be read.
pub(super) fn other_places(look: &Look<'_>) -> BTreeSet<Place> {
    let mut owners: BTreeSet<&str> = BTreeSet::new();
    for attachment in every_attachment(look) {
        let members = ["TransitGatewayOwnerId", "VpcOwnerId", "ResourceOwnerId"];
        owners.extend(members.iter().filter_map(|member| text(attachment, member)));
    }
    let peerings = look.answers.of("DescribeVpcPeeringConnections").iter();
    for peering in peerings.filter_map(|it| it.output.get("VpcPeeringConnections")?.as_array()).flatten() {
        let sides = ["/AccepterVpcInfo/OwnerId", "/RequesterVpcInfo/OwnerId"];
        owners.extend(sides.iter().filter_map(|side| peering.pointer(side).and_then(Value::as_str)));
    }
    let home = &look.scope.home;
    let is_there = |place: &&Place| {
        owners.contains(place.account.as_str()) && place.region == home.region && *place != home
    };
    look.scope.others.iter().filter(is_there).take(PLACES_MAX).cloned().collect()
}

/// A function with an interface of its own can be cut off like anything else.
fn has_functions_in_vpcs(look: &Look<'_>) -> bool {
    let mut answers = look.answers.of("GetFunctionConfiguration").iter();
    answers.any(|it| {
        it.output.pointer("/VpcConfig/VpcId").and_then(Value::as_str).is_some_and(|vpc| !vpc.is_empty())
    })
}
