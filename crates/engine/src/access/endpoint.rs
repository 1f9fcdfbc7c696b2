//! Which VPC endpoint a request goes through, from the place of its caller.

use super::caller::{FUNCTION, INSTANCE};
use super::{Ask, Caller, arn, document, text};
use butfor_policy::Layer;
use butfor_world::World;
use serde_json::Value;

const ENDPOINT: &str = "AWS::EC2::VPCEndpoint";
const ROUTE_TABLE: &str = "AWS::EC2::RouteTable";
const SUBNET: &str = "AWS::EC2::Subnet";

/// How a request gets to its service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// Through this endpoint.
    Endpoint(String),
    /// Not through an endpoint.
    Public,
    /// The place of the caller is not known.
    Unknown,
}

/// Endpoint service names that differ from the prefix of their actions (AWS PrivateLink Guide, "AWS services that integrate";
/// Service Authorization Reference, service prefixes).
const SERVICE_NAMES: &[(&str, &str)] = &[
    ("monitoring", "cloudwatch"),
    ("kinesis-streams", "kinesis"),
    ("kinesis-firehose", "firehose"),
    ("email-smtp", "ses"),
    ("git-codecommit", "codecommit"),
    ("elasticfilesystem", "elasticfilesystem"),
    ("execute-api", "execute-api"),
    ("s3-global.accesspoint", "s3"),
    ("s3express", "s3express"),
    ("ecr.api", "ecr"),
    ("ecr.dkr", "ecr"),
];

/// The action prefix of an endpoint's service: `bedrock` of `com.amazonaws.us-east-1.bedrock-runtime`.
fn action_prefix(service_name: &str) -> Option<String> {
    // `com.amazonaws.REGION.SERVICE`, `cn.com.amazonaws.REGION.SERVICE`, `aws.api.REGION.SERVICE`.
    let rest = ["com.amazonaws.", "aws.api."].iter().find_map(|lead| {
        let at = service_name.find(lead)?;
        service_name.get(at + lead.len()..)
    })?;
    let (region, name) = rest.split_once('.')?;
    if region == "vpce" {
        return None;
    }
    if let Some((_, prefix)) = SERVICE_NAMES.iter().find(|(known, _)| *known == name) {
        return Some((*prefix).to_owned());
    }
    let name = name.strip_suffix("-fips").unwrap_or(name);
    // `bedrock-runtime`, `lambda`, `ecs-agent`: the word before the first hyphen or dot.
    Some(name.split(['-', '.']).next().unwrap_or(name).to_owned())
}

/// The way of a request in a world.
pub(super) fn way(world: &World, ask: &Ask) -> Way {
    let service = ask.service();
    // What a service calls on somebody's behalf does not go through the caller's endpoint (IAM, forward access sessions).
    if ask.ground.via.is_some() {
        return Way::Public;
    }
    if let Some(id) = &ask.ground.endpoint
        && document(world, ENDPOINT, id).is_some()
    {
        return Way::Endpoint(id.clone());
    }
    match place(world, &ask.caller) {
        Place::Subnet { subnet, vpc } => {
            through(world, &subnet, &vpc, &service).map_or(Way::Public, Way::Endpoint)
        }
        Place::Outside => Way::Public,
        Place::Unknown => match named_by_denial(world, ask, &service) {
            Some(id) => Way::Endpoint(id),
            None => Way::Unknown,
        },
    }
}

/// The one endpoint of the caller's account that a denial by an endpoint policy can mean.
fn named_by_denial(world: &World, ask: &Ask, service: &str) -> Option<String> {
    if !ask.ground.named.iter().any(|named| named.layer == Layer::VpcEndpoint) {
        return None;
    }
    let account = ask.caller.identity(world)?.account;
    let mut own = endpoints(world, service).filter(|(resource, _)| resource.account == account);
    let (only, _) = own.next()?;
    own.next().is_none().then(|| only.key.id.clone())
}

enum Place {
    Subnet {
        subnet: String,
        vpc: String,
    },
    /// A function without a VPC: Lambda's own network, no endpoint of ours.
    Outside,
    Unknown,
}

fn place(world: &World, caller: &Caller) -> Place {
    let found = match caller {
        Caller::Instance(id) => document(world, INSTANCE, id)
            .and_then(|instance| Some((text(instance, "/SubnetId")?, text(instance, "/VpcId")?))),
        Caller::Function(id) => {
            let Some(function) = document(world, FUNCTION, id) else { return Place::Unknown };
            let subnet = text(function, "/VpcConfig/SubnetIds/0");
            let Some(subnet) = subnet else { return Place::Outside };
            let vpc = text(function, "/VpcConfig/VpcId")
                .or_else(|| document(world, SUBNET, &subnet).and_then(|subnet| text(subnet, "/VpcId")));
            vpc.map(|vpc| (subnet, vpc))
        }
        Caller::Session { .. } | Caller::Named(_) => None,
    };
    found.map_or(Place::Unknown, |(subnet, vpc)| Place::Subnet { subnet, vpc })
}

/// Endpoints that serve a service and can be used.
fn endpoints<'w>(
    world: &'w World,
    service: &str,
) -> impl Iterator<Item = (&'w butfor_world::Resource, &'w Value)> {
    let service = service.to_owned();
    world.of_kind(ENDPOINT).map(|resource| (resource, resource.parsed())).filter(move |(_, endpoint)| {
        let state = text(endpoint, "/State").unwrap_or_default().to_ascii_lowercase();
        let name = text(endpoint, "/ServiceName").unwrap_or_default();
        matches!(state.as_str(), "" | "available" | "pending")
            && action_prefix(&name).as_deref() == Some(service.as_str())
    })
}

/// The endpoint that requests from a subnet to a service go through. An interface endpoint with private DNS answers the service's
/// name and comes first, but for S3 and DynamoDB whose gateway endpoint works by routes (AWS PrivateLink Guide).
fn through(world: &World, subnet: &str, vpc: &str, service: &str) -> Option<String> {
    let all: Vec<(&butfor_world::Resource, &Value)> = endpoints(world, service).collect();
    let is_gateway = |endpoint: &Value| text(endpoint, "/VpcEndpointType").as_deref() == Some("Gateway");
    let interface = all.iter().find(|(_, endpoint)| {
        !is_gateway(endpoint)
            && text(endpoint, "/VpcId").as_deref() == Some(vpc)
            && endpoint.get("PrivateDnsEnabled").and_then(Value::as_bool) == Some(true)
    });
    if let Some((resource, _)) = interface {
        return Some(resource.key.id.clone());
    }
    let table = route_table(world, subnet, vpc)?;
    let gateway = all.iter().find(|(_, endpoint)| {
        let tables = endpoint.get("RouteTableIds").and_then(Value::as_array).into_iter().flatten();
        is_gateway(endpoint) && tables.filter_map(Value::as_str).any(|id| id == table)
    });
    gateway.map(|(resource, _)| resource.key.id.clone())
}

/// The route table of a subnet: its own, or its VPC's main one.
fn route_table(world: &World, subnet: &str, vpc: &str) -> Option<String> {
    let mut main = None;
    for table in world.of_kind(ROUTE_TABLE) {
        let value = table.parsed();
        let associations = value.get("Associations").and_then(Value::as_array).into_iter().flatten();
        for association in associations {
            if association.get("SubnetId").and_then(Value::as_str) == Some(subnet) {
                return Some(table.key.id.clone());
            }
            let is_main = association.get("Main").and_then(Value::as_bool) == Some(true);
            if is_main && text(value, "/VpcId").as_deref() == Some(vpc) {
                main = Some(table.key.id.clone());
            }
        }
    }
    main
}

/// VPC of an endpoint or of an instance's place, for the context keys.
pub(super) fn vpc_of(world: &World, endpoint: &str) -> Option<String> {
    text(document(world, ENDPOINT, endpoint)?, "/VpcId")
}

/// The private address of a caller, where it is an instance.
pub(super) fn private_address(world: &World, caller: &Caller) -> Option<String> {
    match caller {
        Caller::Instance(id) => text(document(world, INSTANCE, id)?, "/PrivateIpAddress"),
        _ => None,
    }
}

/// The region a caller's requests go to by default.
pub(super) fn region(world: &World, caller: &Caller) -> Option<String> {
    match caller {
        Caller::Function(id) => arn(id).map(|[_, _, region, ..]| region.to_owned()),
        Caller::Instance(id) => {
            let key = butfor_world::ResourceKey { kind: INSTANCE.to_owned(), id: id.clone() };
            world.get(&key).map(|instance| instance.region.clone())
        }
        Caller::Session { .. } | Caller::Named(_) => None,
    }
    .filter(|region| !region.is_empty())
}

#[cfg(test)]
mod tests {
    use super::action_prefix;

    #[test]
    fn services_of_endpoints_are_prefixes_of_actions() {
        for (name, prefix) in [
            ("com.amazonaws.us-east-1.s3", Some("s3")),
            ("com.amazonaws.eu-west-1.bedrock-runtime", Some("bedrock")),
            ("com.amazonaws.us-east-1.monitoring", Some("cloudwatch")),
            ("com.amazonaws.us-east-1.ecr.dkr", Some("ecr")),
            ("cn.com.amazonaws.cn-north-1.sqs", Some("sqs")),
            // A service of somebody's own is no AWS service.
            ("com.amazonaws.vpce.us-east-1.vpce-svc-0123", None),
            ("something.else", None),
        ] {
            assert_eq!(action_prefix(name).as_deref(), prefix, "{name}");
        }
    }
}
