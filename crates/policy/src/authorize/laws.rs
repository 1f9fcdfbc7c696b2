//! Laws of authorization, on requests and policies made of few words so that statements often match.

use super::authorize;
use crate::context::{Context, ContextValue, Lookup};
use crate::decision::{Decision, Effect, Missing, Outcome};
use crate::document::Policy;
use crate::layer::{Attached, Layer, Policies};
use crate::request::Request;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::collections::BTreeMap;

const PRINCIPALS: [&str; 8] = [
    "arn:aws:iam::111111111111:user/u",
    "arn:aws:sts::111111111111:assumed-role/r/s",
    "arn:aws:iam::111111111111:role/r",
    "arn:aws:sts::111111111111:federated-user/u",
    "arn:aws:iam::111111111111:root",
    "arn:aws:sts::222222222222:assumed-role/r/s",
    "s3.amazonaws.com",
    "ANONYMOUS",
];
const NAMED: [&str; 8] = [
    r#""*""#,
    r#"{"AWS": "111111111111"}"#,
    r#"{"AWS": "arn:aws:iam::111111111111:root"}"#,
    r#"{"AWS": "arn:aws:iam::111111111111:user/u"}"#,
    r#"{"AWS": ["arn:aws:iam::111111111111:role/r", "222222222222"]}"#,
    r#"{"AWS": "arn:aws:sts::111111111111:assumed-role/r/s"}"#,
    r#"{"Service": "s3.amazonaws.com"}"#,
    r#"{"AWS": ["arn:aws:iam::111111111111:role/r", "arn:aws:iam::111111111111:user/u", "111111111111"]}"#,
];
const ACTIONS: [&str; 3] = ["s3:GetObject", "kms:Decrypt", "ec2:RunInstances"];
const PATTERNS: [&str; 5] = ["*", "s3:*", "kms:Decrypt", "s3:Get?bject", "ec2:R*"];
const RESOURCES: [&str; 4] =
    ["arn:aws:s3:::b/k", "arn:aws:kms:r:111111111111:key/k", "arn:aws:kms:r:222222222222:key/k", "*"];
const RESOURCE_PATTERNS: [&str; 5] = [
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:kms:*:111111111111:key/k",
    "arn:aws:s3:::b/${k1}",
    "arn:aws:s3:::b/${k2,'k'}",
];
const OPERATORS: [&str; 9] = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLikeIfExists",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringLike",
    "ForAnyValue:StringNotEquals",
    "StringEqualsIfExists",
    "Null",
];
const KEYS: [&str; 3] = ["k1", "k2", "k3"];
const VALUES: [&str; 5] = ["k", "x", "true", "*", "${k3}"];

/// A statement as its elements.
#[derive(Debug, Clone)]
struct Made {
    effect: &'static str,
    is_not_action: bool,
    actions: Vec<&'static str>,
    is_not_resource: bool,
    resources: Vec<&'static str>,
    principal: (&'static str, &'static str),
    condition: Option<(&'static str, &'static str, Vec<&'static str>)>,
}

impl Made {
    fn json(&self, layer: Layer) -> String {
        let not = |is_not: bool| if is_not && layer != Layer::ResourceControl { "Not" } else { "" };
        let mut members = vec![
            format!(r#""Effect": "{}""#, self.effect),
            format!(r#""{}Action": {:?}"#, not(self.is_not_action), self.actions),
            format!(r#""{}Resource": {:?}"#, not(self.is_not_resource), self.resources),
        ];
        match layer {
            Layer::ResourceControl => members.push(r#""Principal": "*""#.to_owned()),
            Layer::Resource | Layer::VpcEndpoint => {
                let (name, named) = self.principal;
                let name = if self.effect == "Allow" { "Principal" } else { name };
                members.push(format!(r#""{name}": {named}"#));
            }
            _ => {}
        }
        if let Some((operator, key, values)) = &self.condition {
            members.push(format!(r#""Condition": {{"{operator}": {{"{key}": {values:?}}}}}"#));
        }
        format!("{{{}}}", members.join(", "))
    }
}

/// Statements by layer and level; a layer that is not here does not apply.
type Book = BTreeMap<(Layer, usize), Vec<Made>>;

fn made() -> impl Strategy<Value = Made> {
    let condition = (select(&OPERATORS[..]), select(&KEYS[..]), subsequence(&VALUES[..], 0..=2));
    let principal = (select(&["Principal", "Principal", "NotPrincipal"][..]), select(&NAMED[..]));
    (
        select(&["Allow", "Allow", "Allow", "Deny"][..]),
        prop::bool::weighted(0.1),
        subsequence(&PATTERNS[..], 1..=2),
        prop::bool::weighted(0.1),
        subsequence(&RESOURCE_PATTERNS[..], 1..=2),
        principal,
        prop::option::weighted(0.4, condition),
    )
        .prop_map(
            |(effect, is_not_action, actions, is_not_resource, resources, principal, condition)| Made {
                effect,
                is_not_action,
                actions,
                is_not_resource,
                resources,
                principal,
                condition,
            },
        )
}

fn book() -> impl Strategy<Value = Book> {
    let place = prop_oneof![
        4 => Just((Layer::Identity, 0)),
        4 => Just((Layer::Resource, 0)),
        1 => Just((Layer::ResourceControl, 0)),
        2 => Just((Layer::ServiceControl, 0)),
        1 => Just((Layer::ServiceControl, 1)),
        1 => Just((Layer::VpcEndpoint, 0)),
        1 => Just((Layer::Boundary, 0)),
        1 => Just((Layer::Session, 0)),
    ];
    prop::collection::vec((place, made()), 0..8).prop_map(|list| {
        let mut book = Book::new();
        for (place, made) in list {
            book.entry(place).or_default().push(made);
        }
        book
    })
}

fn value() -> impl Strategy<Value = ContextValue> {
    prop_oneof![
        3 => select(&VALUES[..]).prop_map(|text| ContextValue::One(text.to_owned())),
        1 => subsequence(&VALUES[..], 0..=2)
            .prop_map(|list| ContextValue::Many(list.into_iter().map(ToOwned::to_owned).collect())),
    ]
}

/// A value for every key, or its absence; and which of them are known.
type Known = (Vec<Option<ContextValue>>, Vec<bool>);

fn known() -> impl Strategy<Value = Known> {
    let values = prop::collection::vec(prop::option::weighted(0.7, value()), KEYS.len());
    (values, prop::collection::vec(any::<bool>(), KEYS.len()))
}

fn context((values, is_known): &Known, is_partial: bool) -> Context {
    let mut context = if is_partial { Context::partial() } else { Context::complete() };
    for ((key, value), is_known) in KEYS.iter().zip(values).zip(is_known) {
        match value {
            _ if is_partial && !is_known => {}
            Some(ContextValue::One(text)) => context.set(key, text.clone()),
            Some(ContextValue::Many(list)) => context.set_many(key, list.clone()),
            None => context.set_absent(key),
        }
    }
    context
}

fn request() -> impl Strategy<Value = Request> {
    let owner = prop::option::weighted(0.7, select(&["111111111111", "222222222222"][..]));
    (select(&PRINCIPALS[..]), select(&ACTIONS[..]), select(&RESOURCES[..]), owner).prop_map(
        |(principal, action, resource, owner)| {
            let request = Request::new(principal, action, resource).unwrap();
            match owner {
                Some(owner) => request.with_resource_account(owner),
                None => request,
            }
        },
    )
}

/// Evaluates and hands what came out to a closure.
fn decide<T>(
    request: &Request,
    book: &Book,
    edit: impl Fn(String) -> String,
    then: impl FnOnce(Decision<'_>) -> T,
) -> T {
    let mut parsed: BTreeMap<Layer, Vec<Vec<Policy>>> = BTreeMap::new();
    for ((layer, level), statements) in book {
        let levels = parsed.entry(*layer).or_default();
        levels.resize_with(levels.len().max(level + 1), Vec::new);
        for made in statements {
            let statement = edit(made.json(*layer));
            let text = format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#);
            levels[*level].push(Policy::parse(*layer, "p", &text).0);
        }
    }
    let levels = |layer: Layer| {
        parsed.get(&layer).map(|levels| {
            levels
                .iter()
                .map(|level| Attached { policies: level.iter().collect(), unseen: Vec::new() })
                .collect::<Vec<_>>()
        })
    };
    let one = |layer: Layer| levels(layer).and_then(|levels| levels.into_iter().next());
    let policies = Policies {
        resource_control: levels(Layer::ResourceControl),
        service_control: levels(Layer::ServiceControl),
        vpc_endpoint: one(Layer::VpcEndpoint),
        resource: one(Layer::Resource),
        identity: one(Layer::Identity).unwrap_or_default(),
        boundary: one(Layer::Boundary),
        session: one(Layer::Session),
    };
    then(authorize(request, &policies))
}

fn outcome(request: &Request, book: &Book) -> Outcome {
    decide(request, book, |text| text, |decision| decision.outcome)
}

fn is_allowed(request: &Request, book: &Book) -> bool {
    outcome(request, book) == Outcome::Allow
}

/// Everything is allowed, to anybody.
fn full() -> Made {
    Made {
        effect: "Allow",
        is_not_action: false,
        actions: vec!["*"],
        is_not_resource: false,
        resources: vec!["*"],
        principal: ("Principal", NAMED[0]),
        condition: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_deny_never_widens_and_an_allow_never_narrows(
        request in request(), book in book(), known in known(), made in made(), at in any::<prop::sample::Index>(),
    ) {
        if book.is_empty() {
            return Ok(());
        }
        let request = request.with_context(context(&known, false));
        let mut longer = book.clone();
        let place = *at.get(&book.keys().copied().collect::<Vec<_>>());
        longer.get_mut(&place).unwrap().push(made.clone());
        let (before, after) = (is_allowed(&request, &book), is_allowed(&request, &longer));
        match made.effect {
            "Allow" => prop_assert!(after || !before || outcome(&request, &book) == Outcome::Unknown),
            _ => prop_assert!(before || !after),
        }
    }

    #[test]
    fn without_a_guard_nothing_is_lost(request in request(), book in book(), known in known()) {
        let request = request.with_context(context(&known, false));
        if is_allowed(&request, &book) {
            for layer in [Layer::ResourceControl, Layer::ServiceControl, Layer::VpcEndpoint, Layer::Boundary, Layer::Session] {
                let mut fewer = book.clone();
                fewer.retain(|(other, _), _| *other != layer);
                prop_assert!(is_allowed(&request, &fewer), "{layer:?}");
            }
        }
    }

    #[test]
    fn order_and_notation_do_not_matter(request in request(), book in book(), known in known()) {
        let request = request.with_context(context(&known, false));
        let short = |decision: Decision<'_>| (decision.outcome, decision.deny_layers(), decision.missing);
        let expected = decide(&request, &book, |text| text, short);
        let mut reversed = book.clone();
        reversed.values_mut().for_each(|list| list.reverse());
        prop_assert_eq!(&decide(&request, &reversed, |text| text, short), &expected, "order");
        let split = book.iter().map(|(place, list)| {
            let parts = list.iter().flat_map(|made| {
                let one = |actions: Vec<_>, resources: Vec<_>| Made { actions, resources, ..made.clone() };
                if made.is_not_action || made.is_not_resource {
                    return vec![made.clone()];
                }
                let each = |action: &&'static str| made.resources.iter().map(|resource| one(vec![*action], vec![*resource])).collect::<Vec<_>>();
                made.actions.iter().flat_map(each).collect()
            });
            (*place, parts.collect())
        });
        prop_assert_eq!(&decide(&request, &split.collect(), |text| text, short), &expected, "split");
        for (from, to) in [
            ("s3:Get", "S3:gET"),
            ("\"k", "\"K"),
            ("\"arn:aws:iam::111111111111:root\"", "\"111111111111\""),
        ] {
            // Values are compared with case, so that only keys may change it.
            let is_value = |text: &str| from == "\"k" && (text.contains("\"k\"") || text.contains("kms"));
            let edit = |text: String| if is_value(&text) { text } else { text.replace(from, to) };
            prop_assert_eq!(&decide(&request, &book, edit, short), &expected, "{}", to);
        }
    }

    #[test]
    fn with_the_key_there_if_exists_changes_nothing(request in request(), book in book(), known in known()) {
        let present = |value: Option<ContextValue>| match value {
            Some(value) if value != ContextValue::Many(Vec::new()) => Some(value),
            _ => Some(ContextValue::One("x".to_owned())),
        };
        let known = (known.0.into_iter().map(present).collect(), known.1);
        let request = request.with_context(context(&known, false));
        let expected = outcome(&request, &book);
        for operator in ["StringEquals", "StringNotEquals", "StringLike"] {
            let edit = |text: String| text.replace(&format!("{operator}\""), &format!("{operator}IfExists\""));
            prop_assert_eq!(decide(&request, &book, edit, |decision| decision.outcome), expected, "{}", operator);
        }
    }

    #[test]
    fn one_who_does_not_is_not_all_who_do(values in value(), listed in subsequence(&VALUES[..4], 0..=3)) {
        let holds = |operator: &str| {
            let made = Made { condition: Some(("OP", "k1", listed.clone())), ..full() };
            let mut request = Request::new(PRINCIPALS[0], "s3:GetObject", "*").unwrap();
            match &values {
                ContextValue::One(text) => request.context_mut().set("k1", text.clone()),
                ContextValue::Many(list) => request.context_mut().set_many("k1", list.clone()),
            }
            let book = Book::from([((Layer::Identity, 0), vec![made])]);
            decide(&request, &book, |text| text.replace("OP", operator), |decision| decision.outcome == Outcome::Allow)
        };
        prop_assert_eq!(holds("ForAllValues:StringLike"), !holds("ForAnyValue:StringNotLike"));
        prop_assert_eq!(holds("ForAnyValue:StringLike"), !holds("ForAllValues:StringNotLike"));
    }

    #[test]
    fn the_layers_told_are_those_to_repair(request in request(), book in book(), known in known()) {
        // Of a bucket whose owner is unknown, only what is missing either way can be told.
        let owner = request.resource_account().unwrap_or("111111111111").to_owned();
        let request = request.with_resource_account(owner);
        let request = request.with_context(context(&known, false));
        let (told, outcome, effects) = decide(&request, &book, |text| text, |decision| {
            let effects: Vec<Effect> = decision.checks.iter().map(|check| check.effect).collect();
            (decision.deny_layers(), decision.outcome, effects)
        });
        prop_assume!(outcome != Outcome::Unknown);
        prop_assert_eq!(told.is_empty(), outcome == Outcome::Allow);
        prop_assert_eq!(effects.contains(&Effect::ExplicitDeny), outcome == Outcome::ExplicitDeny);
        let repair = |layers: &[Layer]| {
            let mut repaired = book.clone();
            for layer in layers {
                let mut is_there = false;
                for ((other, _), list) in repaired.iter_mut().filter(|((other, _), _)| other == layer) {
                    is_there |= other == layer;
                    *list = vec![full()];
                }
                if !is_there {
                    repaired.insert((*layer, 0), vec![full()]);
                }
            }
            // A level with nothing attached is a level all the same.
            if layers.contains(&Layer::ServiceControl) && repaired.contains_key(&(Layer::ServiceControl, 1)) {
                repaired.insert((Layer::ServiceControl, 0), vec![full()]);
            }
            is_allowed(&request, &repaired)
        };
        prop_assert!(repair(&told), "{:?}", told);
        // With all the others repaired, each one left denies; the resource's policy repaired this way grants directly, so
        // that what it is told together with needs no repair within an account.
        for left in told.iter().filter(|_| !told.contains(&Layer::Resource)) {
            let others: Vec<Layer> = told.iter().copied().filter(|layer| layer != left).collect();
            prop_assert!(!repair(&others), "{:?} without {:?}", told, left);
        }
    }

    #[test]
    fn more_knowledge_never_contradicts(request in request(), book in book(), known in known()) {
        let partial = request.clone().with_context(context(&known, true));
        let complete = request.with_context(context(&known, false));
        let (early, is_denied, missing) = decide(&partial, &book, |text| text, |decision| {
            (decision.outcome, decision.is_denied(), decision.missing)
        });
        let late = outcome(&complete, &book);
        if early != Outcome::Unknown {
            prop_assert_eq!((early, missing.len()), (late, 0));
        } else {
            prop_assert!(!is_denied || late != Outcome::Allow);
            prop_assert!(!missing.is_empty());
            // With what is missing, it is settled.
            let mut asked = partial;
            let full = complete.context();
            for missing in &missing {
                match missing {
                    Missing::ContextKey(key) => match full.get(key) {
                        Lookup::Present(ContextValue::One(text)) => asked.context_mut().set(key, text.clone()),
                        Lookup::Present(ContextValue::Many(list)) => asked.context_mut().set_many(key, list.clone()),
                        _ => asked.context_mut().set_absent(key),
                    },
                    _ => asked = asked.with_resource_account("111111111111"),
                }
            }
            prop_assert_ne!(outcome(&asked, &book), Outcome::Unknown, "{:?}", missing);
        }
    }

    #[test]
    fn any_request_is_read(principal in "(arn:aws:(iam|sts)::[0-9a-z]{0,3}:)?[a-zé:/.-]{0,20}", action in "[a-z0-9:*é]{0,9}", resource in "(arn:){0,2}[a-z:*/é]{0,12}", book in book()) {
        if let Ok(request) = Request::new(&principal, &action, &resource) {
            decide(&request.with_role_arn(principal.clone()), &book, |text| text, |decision| decision.outcome);
        }
        let _ = Request::new(&resource, &principal, &action);
    }
}
