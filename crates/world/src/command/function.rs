//! Commands for functions, their versions and aliases, and what feeds them.

use super::kept;
use super::plan::{Bucket, Done, Plan, text, text_key, unknown, unsupported, wanted, whole_list};
use super::resource_policy::function_permission;
use super::shell::Call;
use super::variables;
use crate::delta::{Edit, State};
use serde_json::{Map, Value, json};

/// Settings that are one word or number: member, flag, and what takes the setting away where something does.
const SETTINGS: &[(&str, &str, Option<&str>)] = &[
    ("Role", "--role", None),
    ("Timeout", "--timeout", None),
    ("MemorySize", "--memory-size", None),
    ("Handler", "--handler", None),
    ("Runtime", "--runtime", None),
    ("KMSKeyArn", "--kms-key-arn", Some("")),
];

/// Settings in an object of their own: member, flag, name in it, and what takes the setting away.
const NESTED: &[(&str, &str, &str, Option<&str>)] = &[
    ("DeadLetterConfig/TargetArn", "--dead-letter-config", "TargetArn", Some("")),
    ("EphemeralStorage/Size", "--ephemeral-storage", "Size", None),
    ("TracingConfig/Mode", "--tracing-config", "Mode", Some("PassThrough")),
];

pub(super) fn plan(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let name = bucket.id.rsplit(':').next().unwrap_or(bucket.id);
    let base = |operation: &'static str| Call::new(&place, "lambda", operation).arg("--function-name", name);
    let mut call = base("UpdateFunctionConfiguration");
    let mut said = Vec::new();
    for edit in &bucket.edits {
        match edit.facet.member.as_str() {
            "VpcConfig/SubnetIds" | "VpcConfig/SecurityGroupIds" | "Environment/Variables" | "Layers" => {}
            "ReservedConcurrentExecutions" => concurrency(plan, edit, &base, name)?,
            "Policy/Statement" => function_permission(plan, edit)?,
            "CodeSha256" => return Err(code(plan, edit, bucket.id)),
            "State" => {
                return Err(unsupported(edit, "a function's state follows from its settings and its use"));
            }
            "" if wanted(edit)?.is_none() => {
                plan.push(base("DeleteFunction").say(format!("Delete function {name}")));
            }
            _ => {
                let (changed, flag) = setting(call, edit)?;
                call = changed;
                said.push(flag);
            }
        }
    }
    let variables = "Environment/Variables";
    // Of a call that says what it set nobody knows whether it set variables too.
    let is_perhaps = |edit: &Edit| edit.after == State::Unknown && edit.facet.element.is_none();
    if bucket.edits.len() > 1 && bucket.of(variables).all(is_perhaps) {
        if bucket.of(variables).next().is_some() {
            call = call.caution("whether the call changed variables too is not recorded: compare them");
        }
    } else {
        match variables::after(plan, bucket, variables) {
            Ok(None) => {}
            Ok(Some(variables)) => {
                call = call.json("--environment", &json!({ "Variables": variables }));
                said.push("environment");
            }
            // What was left out of the recording may still be had.
            Err(error) => {
                let value = kept::environment(plan, bucket, &place, name).ok_or(error)?;
                call = call.arg("--environment", value);
                said.push("environment");
            }
        }
    }
    if let Some(layers) =
        whole_list(plan, bucket, "Layers", |layer| text(layer, "Arn").or_else(|| text_key(layer)))?
    {
        call = if layers.is_empty() {
            call.json("--layers", &json!([]))
        } else {
            call.args("--layers", &layers)
        };
        said.push("layers");
    }
    if let Some(config) = vpc_config(plan, bucket)? {
        call = call.json("--vpc-config", &config);
        said.push("VPC settings");
    }
    if !said.is_empty() {
        plan.push(call.say(format!("Set {} of {name}", said.join(", "))));
    }
    Ok(())
}

/// One setting, and what it is called.
fn setting(call: Call, edit: &Edit) -> Result<(Call, &'static str), super::CommandError> {
    let member = edit.facet.member.as_str();
    let plain = SETTINGS.iter().find(|(of, ..)| *of == member).map(|(_, flag, none)| (*flag, None, *none));
    let nested = NESTED.iter().find(|(of, ..)| *of == member);
    let nested = nested.map(|(_, flag, name, none)| (*flag, Some(*name), *none));
    let (flag, inside, none) =
        plain.or(nested).ok_or_else(|| unsupported(edit, "a function comes back from its package only"))?;
    let value = match (wanted(edit)?, none) {
        (Some(Value::String(text)), _) => text.clone(),
        (Some(value), _) => value.to_string(),
        (None, Some(none)) => none.to_owned(),
        (None, None) => return Err(unknown(edit, "the value it had")),
    };
    let call = match inside {
        Some(name) => call.arg(flag, format!("{name}={value}")),
        None => call.arg(flag, value),
    };
    Ok((call, flag.trim_start_matches("--")))
}

/// Why code cannot be put back by its checksum, and where it may be had.
fn code(plan: &Plan<'_>, edit: &Edit, arn: &str) -> super::CommandError {
    let sum = match &edit.after {
        State::Present(Value::String(sum)) => sum.as_str(),
        _ => return unknown(edit, "the package it had"),
    };
    let versions = plan.world.of_kind("AWS::Lambda::Version");
    let same = versions.iter().find(|(id, found)| {
        id.strip_prefix(arn).is_some_and(|rest| rest.starts_with(':'))
            && text(&found.document, "CodeSha256").as_deref() == Some(sum)
            && text(&found.document, "Version").as_deref() != Some("$LATEST")
    });
    let kept = match same.and_then(|(_, found)| text(&found.document, "Version")) {
        Some(version) => format!("; version {version} has it"),
        None => String::new(),
    };
    unsupported(edit, &format!("deploy the package with the checksum `{sum}` again{kept}"))
}

/// Both lists: the call sets them together.
fn vpc_config(plan: &Plan<'_>, bucket: &Bucket<'_>) -> Result<Option<Value>, super::CommandError> {
    let mut config = Map::new();
    let edits: Vec<_> =
        bucket.edits.iter().filter(|edit| edit.facet.member.starts_with("VpcConfig/")).collect();
    let Some(first) = edits.first() else { return Ok(None) };
    for member in ["SubnetIds", "SecurityGroupIds"] {
        let path = format!("VpcConfig/{member}");
        let list = match whole_list(plan, bucket, &path, text_key)? {
            Some(list) => list,
            None => {
                let found = plan
                    .document(bucket.kind, bucket.id)
                    .ok_or_else(|| unknown(first, "its other VPC settings"))?;
                crate::cloudtrail::Fields::of(&found.document).at("VpcConfig").texts(member)
            }
        };
        config.insert(member.to_owned(), json!(list));
    }
    Ok(Some(Value::Object(config)))
}

fn concurrency(plan: &mut Plan<'_>, edit: &Edit, base: &dyn Fn(&'static str) -> Call, name: &str) -> Done {
    let command = match wanted(edit)? {
        Some(number) => {
            let call = base("PutFunctionConcurrency").json("--reserved-concurrent-executions", number);
            call.say(format!("Reserve {number} concurrent executions for {name}"))
        }
        None => base("DeleteFunctionConcurrency")
            .say(format!("Reserve no concurrency for {name}; it uses the account's")),
    };
    plan.push(command);
    Ok(())
}

/// `...:function:NAME:QUALIFIER`
fn qualified<'i>(edit: &Edit, id: &'i str) -> Result<(&'i str, &'i str), super::CommandError> {
    let named = id.split_once(":function:").and_then(|(_, rest)| rest.split_once(':'));
    named.ok_or_else(|| unknown(edit, "its name"))
}

pub(super) fn version(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let (name, version) = qualified(edit, bucket.id)?;
        if wanted(edit)?.is_some() {
            return Err(unsupported(edit, "a deleted version does not come back: publish another"));
        }
        let call = Call::new(&plan.place(edit)?, "lambda", "DeleteFunction").arg("--function-name", name);
        plan.push(call.arg("--qualifier", version).say(format!("Delete version {version} of {name}")));
    }
    Ok(())
}

pub(super) fn alias(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let (function, alias) = qualified(first, bucket.id)?;
    let place = plan.place(first)?;
    let base = |operation: &'static str| {
        Call::new(&place, "lambda", operation).arg("--function-name", function).arg("--name", alias)
    };
    let routing = |value: Option<&Value>| {
        let weights = value.and_then(|value| value.get("AdditionalVersionWeights"));
        json!({"AdditionalVersionWeights": weights.cloned().unwrap_or_else(|| json!({}))})
    };
    let mut call = base("UpdateAlias");
    let mut said = Vec::new();
    for edit in &bucket.edits {
        match (edit.facet.member.as_str(), wanted(edit)?) {
            ("FunctionVersion", Some(Value::String(version))) => {
                call = call.arg("--function-version", version.as_str());
                said.push(format!("to version {version}"));
            }
            ("RoutingConfig", value) => {
                call = call.json("--routing-config", &routing(value));
                said.push("with its weights".to_owned());
            }
            ("", None) => plan.push(base("DeleteAlias").say(format!("Delete alias {alias} of {function}"))),
            ("", Some(document)) => {
                let version =
                    text(document, "FunctionVersion").ok_or_else(|| unknown(edit, "its version"))?;
                let create = base("CreateAlias").arg("--function-version", version);
                plan.push(create.say(format!("Make alias {alias} of {function} again")));
            }
            _ => return Err(unknown(edit, "the version it pointed to")),
        }
    }
    if !said.is_empty() {
        plan.push(call.say(format!("Point alias {alias} of {function} {}", said.join(" "))));
    }
    Ok(())
}

/// Settings of an event source mapping: member, flag.
const MAPPING: &[(&str, &str)] = &[
    ("FunctionArn", "--function-name"),
    ("BatchSize", "--batch-size"),
    ("MaximumBatchingWindowInSeconds", "--maximum-batching-window-in-seconds"),
    ("ParallelizationFactor", "--parallelization-factor"),
    ("FilterCriteria", "--filter-criteria"),
    ("DestinationConfig", "--destination-config"),
    ("ScalingConfig", "--scaling-config"),
];

pub(super) fn mapping(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let base = |operation: &'static str| Call::new(&place, "lambda", operation).arg("--uuid", bucket.id);
    let mut call = base("UpdateEventSourceMapping");
    let mut said = Vec::new();
    for edit in &bucket.edits {
        match (edit.facet.member.as_str(), wanted(edit)?) {
            ("State", Some(Value::String(state))) => {
                let is_on = match state.as_str() {
                    "Enabled" | "Enabling" => true,
                    "Disabled" | "Disabling" => false,
                    _ => return Err(unsupported(edit, "this state is one on the way to another")),
                };
                call = call.toggle("enabled", is_on);
                said.push(if is_on { "on" } else { "off" });
            }
            ("", None) => {
                plan.push(base("DeleteEventSourceMapping").say(format!("Delete mapping {}", bucket.id)));
            }
            ("", Some(_)) => {
                return Err(unsupported(
                    edit,
                    "a mapping comes back under a new id: make it from its event source",
                ));
            }
            (member, Some(value)) => {
                let (_, flag) = MAPPING
                    .iter()
                    .find(|(of, _)| *of == member)
                    .ok_or_else(|| unsupported(edit, "this member has no call of its own"))?;
                call = match value {
                    Value::String(text) => call.arg(flag, text.as_str()),
                    value => call.json(flag, value),
                };
                said.push(flag.trim_start_matches("--"));
            }
            (_, None) => return Err(unknown(edit, "the value it had")),
        }
    }
    if !said.is_empty() {
        plan.push(call.say(format!("Set mapping {}: {}", bucket.id, said.join(", "))));
    }
    Ok(())
}
