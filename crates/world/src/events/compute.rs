//! Instances and network interfaces.

use super::Event;
use super::part::Part;
use crate::cloudtrail::Fields;
use crate::delta::{Edit, State};
use serde_json::{Map, Value, json};

const INSTANCE: &str = "AWS::EC2::Instance";
const INTERFACE: &str = "AWS::EC2::NetworkInterface";

pub(super) fn run(event: &Event<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    // Interfaces the request names were there before.
    let existing = event.asked.list("NetworkInterfaces|NetworkInterface").into_iter();
    let existing: Vec<_> = existing.filter_map(|interface| interface.text("NetworkInterfaceId")).collect();
    for instance in event.answered.list("Instances") {
        let Some(id) = instance.text("InstanceId") else { continue };
        let mut document = instance.value().clone();
        if let Value::Object(members) = &mut document {
            members.remove("InstanceState");
            members.insert("State".to_owned(), json!({"Name": "running"}));
        }
        edits.push(Part::of(INSTANCE, &id).created(document));
        for interface in instance.list("NetworkInterfaces") {
            if let Some(id) = interface.text("NetworkInterfaceId").filter(|id| !existing.contains(id)) {
                edits.push(Part::of(INTERFACE, &id).created(interface.value().clone()));
            }
        }
    }
    edits
}

pub(super) fn stop(event: &Event<'_>) -> Vec<Edit> {
    state(event, "stopped")
}

pub(super) fn start(event: &Event<'_>) -> Vec<Edit> {
    state(event, "running")
}

pub(super) fn terminate(event: &Event<'_>) -> Vec<Edit> {
    state(event, "terminated")
}

/// The state each instance ends in; the answer has the one it was in.
fn state(event: &Event<'_>, after: &str) -> Vec<Edit> {
    let answered = event.answered.list("Instances|StoppingInstances|StartingInstances|TerminatingInstances");
    let previous = |id: &str| {
        let instance = answered.iter().find(|instance| instance.text("InstanceId").as_deref() == Some(id))?;
        instance.text("PreviousState/Name")
    };
    let asked = event.asked.list("Instances|InstanceIds|InstanceId").into_iter();
    let ids = asked.filter_map(|item| item.text("InstanceId").or_else(|| item.only_text()));
    ids.filter_map(|id| {
        let before = previous(&id);
        // Stopping what is stopped is accepted and changes nothing.
        (before.as_deref() != Some(after)).then(|| {
            let before = before.map_or(State::Unknown, |name| State::Present(json!(name)));
            Part::of(INSTANCE, &id).set("State/Name", before, State::Present(json!(after)))
        })
    })
    .collect()
}

pub(super) fn modify_instance(event: &Event<'_>) -> Vec<Edit> {
    let asked = event.asked;
    let Some(instance) = asked.text("InstanceId") else { return Vec::new() };
    let interface = event.ids.only_interface(&instance);
    let check = match asked.text("Attribute").as_deref() {
        Some("sourceDestCheck") => asked.flag("Value"),
        _ => asked.flag("SourceDestCheck"),
    };
    let groups = groups(asked, "Groups|GroupId");
    match interface {
        Some(interface) => interface_settings(interface, groups, check),
        None => {
            let part = Part::of(INSTANCE, &instance);
            let groups = groups.map(|groups| part.assigned("SecurityGroups", groups));
            groups.into_iter().chain(check.map(|flag| part.flipped("SourceDestCheck", flag))).collect()
        }
    }
}

pub(super) fn modify_interface(event: &Event<'_>) -> Vec<Edit> {
    let Some(interface) = event.asked.text("NetworkInterfaceId") else { return Vec::new() };
    let groups = groups(event.asked, "Groups|SecurityGroupId");
    interface_settings(&interface, groups, event.asked.flag("SourceDestCheck"))
}

fn interface_settings(interface: &str, groups: Option<Value>, check: Option<bool>) -> Vec<Edit> {
    let part = Part::of(INTERFACE, interface);
    let groups = groups.map(|groups| part.assigned("Groups", groups));
    groups.into_iter().chain(check.map(|flag| part.flipped("SourceDestCheck", flag))).collect()
}

/// The groups set, as describe output lists them; an interface always has one, so none means not set.
fn groups(asked: Fields<'_>, path: &str) -> Option<Value> {
    let ids = asked.list(path).into_iter();
    let ids = ids.filter_map(|group| group.text("GroupId").or_else(|| group.only_text()));
    let groups: Vec<_> = ids.map(|id| json!({"GroupId": id})).collect();
    (!groups.is_empty()).then_some(Value::Array(groups))
}

pub(super) fn create_interface(event: &Event<'_>) -> Vec<Edit> {
    event.created(INTERFACE, "NetworkInterface", "NetworkInterfaceId")
}

pub(super) fn delete_interface(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(INTERFACE, "NetworkInterfaceId")
}

pub(super) fn attach_interface(event: &Event<'_>) -> Vec<Edit> {
    let Some(interface) = event.asked.text("NetworkInterfaceId") else { return Vec::new() };
    let value = json!({
        "AttachmentId": event.answered.text("AttachmentId"),
        "DeviceIndex": event.asked.number("DeviceIndex"),
        "InstanceId": event.asked.text("InstanceId"),
        "Status": "attached",
    });
    attachment(&interface, State::Absent, State::Present(value), ("available", "in-use"))
}

pub(super) fn detach_interface(event: &Event<'_>) -> Vec<Edit> {
    let Some(id) = event.asked.text("AttachmentId") else { return Vec::new() };
    match event.ids.attached_interface(&id) {
        Some(interface) => attachment(interface, State::Unknown, State::Absent, ("in-use", "available")),
        None => vec![Part::of("AWS::EC2::NetworkInterfaceAttachment", &id).deleted()],
    }
}

fn attachment(interface: &str, before: State, after: State, status: (&str, &str)) -> Vec<Edit> {
    let part = Part::of(INTERFACE, interface);
    let (from, to) = (State::Present(json!(status.0)), State::Present(json!(status.1)));
    vec![part.set("Attachment", before, after), part.set("Status", from, to)]
}

/// The instance profile of an instance: the calls about its association.
pub(super) fn instance_profile(event: &Event<'_>) -> Vec<Edit> {
    let answered = event.answered.at("IamInstanceProfileAssociation");
    let Some(instance) = answered.text("InstanceId").or_else(|| event.asked.text("InstanceId")) else {
        let association = event.asked.text("AssociationId");
        let of = |id: String| Part::of("AWS::EC2::IamInstanceProfileAssociation", &id).deleted();
        return association.map(of).into_iter().collect();
    };
    let part = Part::of(INSTANCE, &instance);
    let profile = profile(event, answered).map_or(State::Unknown, State::Present);
    let (before, after) = match event.record.operation() {
        "AssociateIamInstanceProfile" => (State::Absent, profile),
        "DisassociateIamInstanceProfile" => (profile, State::Absent),
        _ => (State::Unknown, profile),
    };
    vec![part.set("IamInstanceProfile", before, after)]
}

fn profile(event: &Event<'_>, answered: Fields<'_>) -> Option<Value> {
    let (told, asked) = (answered.at("IamInstanceProfile"), event.asked.at("IamInstanceProfile"));
    let by_name = || event.id_of("AWS::IAM::InstanceProfile", "IamInstanceProfile/Name");
    let arn = told.text("Arn").or_else(|| asked.text("Arn")).or_else(by_name)?;
    let mut profile = Map::new();
    profile.insert("Arn".to_owned(), json!(arn));
    if let Some(id) = told.text("Id") {
        profile.insert("Id".to_owned(), json!(id));
    }
    Some(Value::Object(profile))
}
