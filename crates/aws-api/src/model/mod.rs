//! The service models: what each read operation takes, gives, and looks like on the wire.
//!
//! Made from botocore's by `models/make.py`; `models/ORIGIN.md` says what is in them. A service is unpacked and parsed
//! when it is first asked for, and then kept.

mod table;

use flate2::read::GzDecoder;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::OnceLock;

/// The largest a model may become, bytes; the largest shipped has less than a quarter of it.
const MODEL_MAX: u64 = 4 << 20;

/// Other names that services go by: of the SDKs, of endpoints, of the signing scope.
const ALIASES: &[(&str, &str)] = &[
    ("config", "configservice"),
    ("deploy", "codedeploy"),
    ("elasticfilesystem", "efs"),
    ("elasticloadbalancing", "elb"),
    ("elasticloadbalancingv2", "elbv2"),
    ("es", "opensearch"),
    ("monitoring", "cloudwatch"),
    ("servicequotas", "service-quotas"),
    ("states", "stepfunctions"),
    ("s3api", "s3"),
    ("sfn", "stepfunctions"),
    ("tagging", "resourcegroupstaggingapi"),
];

/// The five ways in which AWS's services speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Protocol {
    Ec2,
    Query,
    Json,
    RestJson,
    RestXml,
}

/// One service.
#[derive(Debug, Deserialize)]
pub(crate) struct Service {
    pub(crate) protocol: Protocol,
    /// The API version, which the query protocols send.
    pub(crate) version: String,
    /// The service's name in the scope of a signature.
    pub(crate) signing: String,
    /// By partition.
    pub(crate) endpoints: BTreeMap<String, Endpoint>,
    /// Prefix of `X-Amz-Target`, of the JSON protocol.
    #[serde(default)]
    target: String,
    /// Version of the JSON protocol, `1.0` or `1.1`.
    #[serde(default)]
    json: String,
    /// Whether error codes are those that the service had when it spoke query; a header carries them.
    #[serde(default)]
    pub(crate) query_codes: bool,
    pub(crate) operations: BTreeMap<String, Operation>,
    shapes: Vec<Shape>,
}

/// Host (with `{region}`), region of the signature (or `{region}`), and regions of the partition that differ.
#[derive(Debug, Deserialize)]
pub(crate) struct Endpoint(
    pub(crate) String,
    pub(crate) String,
    #[serde(default)] pub(crate) BTreeMap<String, (String, String)>,
);

/// One operation.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Operation {
    #[serde(rename = "m")]
    method: Option<String>,
    #[serde(rename = "u")]
    uri: Option<String>,
    #[serde(rename = "i")]
    input: Option<usize>,
    #[serde(rename = "o")]
    output: Option<usize>,
    /// The element around the answer, of the query protocol.
    #[serde(rename = "w")]
    pub(crate) wrapper: Option<String>,
    /// Name and namespace of the element around an XML body.
    pub(crate) root: Option<(String, Option<String>)>,
    /// What goes before the host, with the names of members in braces.
    #[serde(rename = "h")]
    pub(crate) host: Option<String>,
    #[serde(rename = "p")]
    pub(crate) pages: Option<Pages>,
}

/// How an operation gives its answer in pages.
#[derive(Debug, Deserialize)]
pub(crate) struct Pages {
    /// Parameters that take the tokens.
    #[serde(rename = "in")]
    pub(crate) tokens_in: Vec<String>,
    /// Where the tokens are in an answer, in the same order.
    #[serde(rename = "out")]
    pub(crate) tokens_out: Vec<String>,
    /// What is put together over the pages.
    pub(crate) keys: Vec<String>,
    /// A boolean that says whether there is more.
    pub(crate) more: Option<String>,
    /// What is taken from the first page only.
    #[serde(default)]
    pub(crate) once: Vec<String>,
}

/// A type of the model.
#[derive(Debug, Deserialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub(crate) enum Shape {
    Structure(Structure),
    List {
        #[serde(rename = "e")]
        element: Reference,
    },
    Map {
        #[serde(rename = "k")]
        key: Reference,
        #[serde(rename = "e")]
        value: Reference,
    },
    /// Any JSON.
    Document,
    String,
    Integer,
    Long,
    Float,
    Double,
    Boolean,
    Blob,
    Timestamp,
    /// A percent-encoded JSON document, printed as JSON.
    Policy,
    /// A document printed as JSON if it is JSON.
    Template,
    /// The base64 of a text, printed as text.
    Console,
    /// The text of the document's own element: how S3 tells where a bucket is. Empty is the first region, told as null.
    Root,
}

/// Named members.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Structure {
    #[serde(rename = "m")]
    pub(crate) members: Vec<Member>,
    #[serde(rename = "r", default)]
    pub(crate) required: Vec<String>,
    /// The member that is the whole body.
    #[serde(rename = "p")]
    pub(crate) payload: Option<String>,
}

impl Structure {
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.0 == name)
    }
}

/// A member of a structure: name, shape, traits.
#[derive(Debug, Deserialize)]
pub(crate) struct Member(pub(crate) String, usize, #[serde(default)] pub(crate) Traits);

/// What a list or a map consists of: shape, traits.
#[derive(Debug, Deserialize)]
pub(crate) struct Reference(usize, #[serde(default)] pub(crate) Traits);

/// How a value is written where it stands.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Traits {
    /// Its name on the wire.
    #[serde(rename = "n")]
    pub(crate) name: Option<String>,
    #[serde(rename = "l")]
    pub(crate) location: Option<Location>,
    #[serde(rename = "f")]
    pub(crate) flattened: bool,
    #[serde(rename = "a")]
    pub(crate) attribute: bool,
    /// Its name in a request of EC2.
    #[serde(rename = "q")]
    pub(crate) query_name: Option<String>,
    #[serde(rename = "d")]
    pub(crate) time_format: Option<String>,
    /// A header that is base64 of JSON.
    #[serde(rename = "j")]
    pub(crate) json_value: bool,
    #[serde(rename = "x")]
    pub(crate) namespace: Option<String>,
    /// A token that makes a repeated request one; made up where it is not given.
    #[serde(rename = "i")]
    pub(crate) idempotency: bool,
}

/// Where a member of a request or an answer is, if not in its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Location {
    #[serde(rename = "uri")]
    Path,
    #[serde(rename = "querystring")]
    Query,
    #[serde(rename = "header")]
    Header,
    /// A map whose keys begin with a common prefix.
    #[serde(rename = "headers")]
    Headers,
    #[serde(rename = "statusCode")]
    Status,
}

/// What a number that no shape has stands for: nothing that could be sent or read.
static NO_SHAPE: Shape = Shape::Document;

impl Service {
    fn shape(&self, number: usize) -> &Shape {
        self.shapes.get(number).unwrap_or(&NO_SHAPE)
    }

    /// The shape of a member.
    pub(crate) fn of(&self, member: &Member) -> &Shape {
        self.shape(member.1)
    }

    /// The shape of an element, a key or a value.
    pub(crate) fn at(&self, reference: &Reference) -> &Shape {
        self.shape(reference.0)
    }

    /// What the operation takes; `None` if it takes nothing.
    pub(crate) fn input(&self, operation: &Operation) -> Option<&Structure> {
        self.structure(operation.input)
    }

    /// What the operation gives; `None` if it gives nothing.
    pub(crate) fn output(&self, operation: &Operation) -> Option<&Structure> {
        self.structure(operation.output)
    }

    fn structure(&self, number: Option<usize>) -> Option<&Structure> {
        match self.shape(number?) {
            Shape::Structure(structure) => Some(structure),
            _ => None,
        }
    }

    /// The headers that name an operation in the JSON protocol: target and content type.
    pub(crate) fn json_headers(&self, operation: &str) -> (String, String) {
        (format!("{}.{operation}", self.target), format!("application/x-amz-json-{}", self.json))
    }
}

impl Operation {
    pub(crate) fn method(&self) -> &str {
        self.method.as_deref().unwrap_or("POST")
    }

    pub(crate) fn uri(&self) -> &str {
        self.uri.as_deref().unwrap_or("/")
    }
}

/// The name under which a service is kept: the AWS CLI's. Case does not matter.
pub(crate) fn canonical(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name.as_str(), |(_, name)| name);
    table::SERVICES.iter().map(|(service, _)| *service).find(|service| *service == name)
}

/// The service of that name, in the AWS CLI's spelling.
pub(crate) fn service(name: &str) -> Option<&'static Service> {
    type Loaded = BTreeMap<&'static str, (&'static [u8], OnceLock<Option<Service>>)>;
    static LOADED: OnceLock<Loaded> = OnceLock::new();
    let loaded = LOADED.get_or_init(|| {
        table::SERVICES.iter().map(|(name, packed)| (*name, (*packed, OnceLock::new()))).collect()
    });
    let (packed, service) = loaded.get(name)?;
    service.get_or_init(|| unpack(packed)).as_ref()
}

/// Names of all services, sorted.
pub(crate) fn services() -> impl Iterator<Item = &'static str> {
    table::SERVICES.iter().map(|(name, _)| *name)
}

fn unpack(packed: &[u8]) -> Option<Service> {
    let mut text = Vec::new();
    GzDecoder::new(packed).take(MODEL_MAX).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests;
