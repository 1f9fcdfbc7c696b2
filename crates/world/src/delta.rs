//! Changes to resources, reversible.

use serde_json::Value;

/// Names a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceKey {
    /// CloudFormation type name (`AWS::EC2::RouteTable`).
    pub kind: String,
    /// The id AWS's own references use.
    pub id: String,
}

/// One independently changeable part of a resource's document.
///
/// | example | member | element |
/// |---|---|---|
/// | a security group's inbound rule | `IpPermissions` | `tcp 3306-3306 sg-0123` |
/// | a route | `Routes` | `0.0.0.0/0` |
/// | a subnet of an endpoint | `SubnetIds` | `subnet-0123` |
/// | an endpoint's policy | `PolicyDocument` | none |
/// | a nested setting | `Options/ApplianceModeSupport` | none |
/// | the resource itself | empty | none |
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Facet {
    /// Member of the document, nested ones separated by `/`; empty for the resource as a whole.
    pub member: String,
    /// Key of the element inside a list member.
    pub element: Option<String>,
}

/// What a facet is or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not there.
    Absent,
    /// There, with this value: for an element the whole element, for the resource the whole document.
    Present(Value),
    /// Not known: the event does not say and no observation tells.
    Unknown,
}

/// One facet going from one state to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Which resource.
    pub resource: ResourceKey,
    /// Which part of it.
    pub facet: Facet,
    /// Before.
    pub before: State,
    /// After.
    pub after: State,
}

/// One act: the edits that happen together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delta {
    /// In the order in which they must be made.
    pub edits: Vec<Edit>,
}

impl Delta {
    /// The delta that leads back: every edit reversed, in reverse order.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let edits = self.edits.iter().rev().map(|edit| Edit {
            resource: edit.resource.clone(),
            facet: edit.facet.clone(),
            before: edit.after.clone(),
            after: edit.before.clone(),
        });
        Self { edits: edits.collect() }
    }

    /// Whether every state is known, so that it can be applied and turned into commands.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.edits.iter().all(|edit| edit.after != State::Unknown)
    }
}
