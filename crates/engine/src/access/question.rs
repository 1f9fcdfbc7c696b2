//! A question about permissions, asked of a world by a person: `butfor authorize`.

use super::{Ask, AskGround, Caller, Model, arn, document};
use butfor_policy::{Effect, Layer, Outcome, Request, RequestError};
use butfor_world::World;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// ARN of a role, a session, a user, a function or an instance's id; or a service's name.
    pub principal: String,
    /// `s3:GetObject`.
    pub action: String,
    /// ARN, or `*`.
    pub resource: String,
    /// The VPC endpoint the request goes through, where it is not told by the caller's place.
    pub via: Option<String>,
    /// Context keys, with their values, that the recording does not tell.
    pub context: Vec<(String, String)>,
}

/// What one layer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerAnswer {
    /// The layer.
    pub layer: Layer,
    /// What it says.
    pub effect: Effect,
    /// Statements that decided: the policy, in words, and the statement's Sid or place.
    pub statements: Vec<(String, String)>,
    /// The layer holds no policy at all.
    pub is_empty: bool,
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is allowed.
    pub outcome: Outcome,
    /// What each layer says, in the order of [`Layer::ALL`].
    pub layers: Vec<LayerAnswer>,
    /// What would settle an unknown, in words.
    pub missing: Vec<String>,
    /// What nobody described and was taken as having no say, in words.
    pub assumed: Vec<String>,
}

/// Why a question cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// One of its parts is none of the known forms.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The principal was not recorded.
    #[error(
        "nothing was recorded of principal `{0}`; name a role, user, function or instance of the recording"
    )]
    Principal(String),
    /// The endpoint was not recorded.
    #[error("nothing was recorded of endpoint `{0}`; `--via` takes the id of a recorded VPC endpoint")]
    Endpoint(String),
}

/// Answers a question from the documents of a world.
///
/// # Errors
/// When a part of the question is malformed or names something that was not recorded.
pub fn authorize(world: &World, question: &Question) -> Result<Answer, QuestionError> {
    let caller = caller(world, &question.principal);
    let principal = || QuestionError::Principal(question.principal.clone());
    let identity = caller.identity(world).ok_or_else(principal)?;
    // Told now, because an unknown would hide it.
    Request::new(&identity.principal, &question.action, &question.resource)?;
    if let Some(role) = caller.role(world)
        && world.get(&role).is_none()
    {
        return Err(principal());
    }
    if let Some(via) = &question.via
        && document(world, "AWS::EC2::VPCEndpoint", via).is_none()
    {
        return Err(QuestionError::Endpoint(via.clone()));
    }
    let ground = AskGround { endpoint: question.via.clone(), ..AskGround::provided() };
    let ask = Ask {
        caller,
        action: question.action.clone(),
        resource: question.resource.clone(),
        told: question.context.clone(),
        ground,
    };
    let ruling = Model::default().rule(world, &ask);
    let spoken = ruling.layers.iter().map(|one| LayerAnswer {
        layer: one.layer,
        effect: one.effect,
        statements: one.statements.iter().map(|at| (at.policy.clone(), at.label.clone())).collect(),
        is_empty: ruling.silent.iter().any(|(layer, _)| *layer == one.layer),
    });
    let mut layers: Vec<LayerAnswer> = spoken.collect();
    for (layer, _) in &ruling.silent {
        if !layers.iter().any(|one| one.layer == *layer) {
            layers.push(LayerAnswer {
                layer: *layer,
                effect: Effect::NoImpact,
                statements: Vec::new(),
                is_empty: true,
            });
        }
    }
    layers.sort_by_key(|one| one.layer);
    Ok(Answer { outcome: ruling.outcome, layers, missing: ruling.missing, assumed: ruling.assumed })
}

/// The caller a person means.
fn caller(world: &World, principal: &str) -> Caller {
    if document(world, super::caller::INSTANCE, principal).is_some() {
        return Caller::Instance(principal.to_owned());
    }
    if document(world, super::caller::FUNCTION, principal).is_some() {
        return Caller::Function(principal.to_owned());
    }
    let is_role =
        arn(principal).is_some_and(|[_, service, .., rest]| service == "iam" && rest.starts_with("role/"));
    match super::caller::without_path(principal).filter(|_| is_role) {
        // A role acts through sessions only; any name does.
        Some(role) => Caller::Session { role, session: "session".to_owned() },
        None => Caller::of_principal(principal, "", &super::caller::Known::of(&[world], &[])),
    }
}
