//! Wishes for another pass: only these log groups, only these services, only since then.

use super::document::Document;
use super::looked;
use super::pattern;
use super::window::Window;
use super::words::{self, Word};
use super::{Answer, AnswerKind, AnswerLine, Steering};

/// The services Butfor reads, as the AWS CLI names them, and what people call them.
const SERVICES: &[(&str, &[&str])] = &[
    ("apigateway", &["apigateway", "api-gateway"]),
    ("apigatewayv2", &["apigatewayv2"]),
    ("athena", &["athena"]),
    ("autoscaling", &["autoscaling", "asg"]),
    ("bedrock", &["bedrock"]),
    ("cloudformation", &["cloudformation"]),
    ("cloudfront", &["cloudfront"]),
    ("cloudtrail", &["cloudtrail"]),
    ("cloudwatch", &["cloudwatch", "metrics"]),
    ("dynamodb", &["dynamodb", "ddb"]),
    ("ec2", &["ec2", "vpc"]),
    ("ecs", &["ecs", "fargate"]),
    ("eks", &["eks", "kubernetes"]),
    ("elasticache", &["elasticache", "redis"]),
    ("elbv2", &["elbv2", "elb", "alb", "nlb"]),
    ("events", &["events", "eventbridge"]),
    ("iam", &["iam"]),
    ("kms", &["kms"]),
    ("lambda", &["lambda", "lambdas"]),
    ("logs", &["logs"]),
    ("network-firewall", &["network-firewall"]),
    ("rds", &["rds", "aurora"]),
    ("route53", &["route53"]),
    ("route53resolver", &["route53resolver"]),
    ("s3", &["s3"]),
    ("secretsmanager", &["secretsmanager"]),
    ("sns", &["sns"]),
    ("sqs", &["sqs"]),
    ("ssm", &["ssm"]),
    ("stepfunctions", &["stepfunctions"]),
    ("sts", &["sts"]),
    ("wafv2", &["wafv2", "waf"]),
];

/// Words around the things named. Whatever is neither is told to be not understood.
const AROUND: &[&str] = &[
    "log",
    "logs",
    "group",
    "groups",
    "service",
    "services",
    "rerun",
    "re-run",
    "run",
    "again",
    "repeat",
    "redo",
    "retry",
    "analysis",
    "analyses",
    "investigation",
    "investigate",
    "analyze",
    "analyse",
    "pass",
    "new",
    "only",
    "just",
    "specific",
    "following",
    "named",
    "called",
    "using",
    "use",
    "look",
    "at",
    "in",
    "into",
    "on",
    "under",
    "focus",
    "instead",
    "your",
    "calls",
    "recheck",
    "check",
];

/// Words that turn a wish round. A pass can be narrowed to things, not away from them.
const TURNS: &[&str] =
    &["not", "no", "never", "except", "without", "but", "ignore", "exclude", "excluding", "skip", "other"];

/// Longest name of a log group (CloudWatch Logs API, CreateLogGroup), in characters.
const LOG_GROUP_MAX: usize = 512;

/// Most log groups and services taken from one wish: more is no focus.
const NAMES_MAX: usize = 50;

/// Whether a name may be a log group's: letters, digits and `_-/.#` (CloudWatch Logs API, CreateLogGroup).
fn may_be_log_group(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | '#');
    !name.is_empty() && name.len() <= LOG_GROUP_MAX && name.chars().all(allowed)
}

/// What a wish names, and the words that are neither a name nor around one.
struct Wish {
    log_groups: Vec<String>,
    services: Vec<String>,
    left: Vec<Word>,
    turns: bool,
}

impl Wish {
    fn of(subject: &[Word], about: &Document<'_>) -> Self {
        let known: Vec<String> = about.calls.iter().flat_map(looked::log_groups).collect();
        let mut wish = Self { log_groups: Vec::new(), services: Vec::new(), left: Vec::new(), turns: false };
        let mut named_groups = false;
        let mut before = "";
        for word in subject {
            let lower = word.lower.as_str();
            wish.turns |= TURNS.contains(&lower);
            let known = known.iter().find(|name| name.eq_ignore_ascii_case(&word.text));
            let service = SERVICES.iter().find(|(_, names)| names.contains(&lower)).map(|(name, _)| *name);
            // "logs" is a service alone, and in "the logs of ..." only a word.
            let service = service.filter(|name| *name != "logs" || subject.len() == 1 || before == "service");
            let is_group = word.text.starts_with('/') || (named_groups && service.is_none());
            if let Some(name) = known {
                push(&mut wish.log_groups, name);
            } else if let Some(service) = service {
                push(&mut wish.services, service);
            } else if matches!(lower, "log" | "logs" | "group" | "groups") {
                named_groups |= matches!(lower, "group" | "groups");
            } else if pattern::is_filler(word) && !(lower.len() == 1 && matches!(before, "group" | "groups"))
                || AROUND.contains(&lower)
            {
                named_groups &= !matches!(lower, "rerun" | "re-run" | "repeat" | "redo" | "retry" | "run");
            } else if is_group && may_be_log_group(&word.text) {
                push(&mut wish.log_groups, &word.text);
            } else {
                wish.left.push(word.clone());
            }
            before = lower;
        }
        wish
    }
}

fn push(names: &mut Vec<String>, name: &str) {
    if names.len() < NAMES_MAX && !names.iter().any(|it| it == name) {
        names.push(name.to_owned());
    }
}

/// Whether a loosely phrased wish names what a pass can be narrowed to, and nothing else.
pub(super) fn is_known(subject: &[Word], about: &Document<'_>) -> bool {
    let wish = Wish::of(subject, about);
    let names = wish.log_groups.len() + wish.services.len();
    names > 0 && wish.left.is_empty() && !wish.turns
}

/// A new pass narrowed to what was named; `None` when nothing was, or when the wish is turned round.
pub(super) fn answer(subject: &[Word], window: Option<Window>, about: &Document<'_>) -> Option<Answer> {
    let wish = Wish::of(subject, about);
    if wish.turns || (wish.log_groups.is_empty() && wish.services.is_empty() && window.is_none()) {
        let mut lines = vec![AnswerLine::new(
            "a new pass can be narrowed to log groups (/aws/lambda/orders), services (rds) and a time (since 14:05), not away from them; what can be asked:",
        )];
        lines.extend(super::can_be_asked());
        return Some(Answer { lines, kind: AnswerKind::NotUnderstood });
    }
    let since = window.map(|window| window.from);
    let mut answer = steered(Steering { log_groups: wish.log_groups, services: wish.services, since });
    if !wish.left.is_empty() {
        let left = words::shown(&wish.left);
        answer.lines.push(AnswerLine::new(format!("not understood, and not part of it: `{left}`")));
    }
    Some(answer)
}

/// The same once more, or the same since another moment.
pub(super) fn again(window: Option<Window>) -> Answer {
    steered(Steering { since: window.map(|window| window.from), ..Steering::default() })
}

fn steered(to: Steering) -> Answer {
    let mut lines = vec![AnswerLine::new("a new pass beside this one, which stays as it is")];
    let mut add = |lead: &str, names: &[String]| {
        if !names.is_empty() {
            lines.push(AnswerLine::new(format!("{lead}: {}", names.join(", "))));
        }
    };
    add("only these log groups", &to.log_groups);
    add("only these services", &to.services);
    if let Some(since) = to.since {
        lines.push(AnswerLine::new(format!("since {since}")));
    }
    Answer { lines, kind: AnswerKind::Steer(to) }
}
