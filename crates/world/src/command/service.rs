//! Commands for databases, functions and clusters.

use super::plan::{Bucket, Done, Plan, text, text_key, unknown, unsupported, wanted, whole_list};
use super::resource_policy::function_permission;
use super::shell::Call;
use crate::delta::{Edit, State};
use serde_json::{Map, Value, json};

pub(super) fn database(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let base = |operation: &'static str| {
        Call::new(&place, "rds", operation).arg("--db-instance-identifier", bucket.id)
    };
    let mut call = base("ModifyDBInstance");
    let mut said = Vec::new();
    for edit in &bucket.edits {
        match edit.facet.member.as_str() {
            "VpcSecurityGroups" => {}
            "PubliclyAccessible" => {
                let is_on =
                    wanted(edit)?.and_then(Value::as_bool).ok_or_else(|| unknown(edit, "whether it was"))?;
                call = call.toggle("publicly-accessible", is_on);
                said.push("public access");
            }
            "Endpoint/Port" => {
                let port = wanted(edit)?.and_then(Value::as_i64).ok_or_else(|| unknown(edit, "the port"))?;
                call = call
                    .arg("--db-port-number", port.to_string())
                    .caution("a new port restarts the database");
                said.push("port");
            }
            "DBSubnetGroup/DBSubnetGroupName" => {
                let name = wanted(edit)?.and_then(Value::as_str).ok_or_else(|| unknown(edit, "the group"))?;
                call = call
                    .arg("--db-subnet-group-name", name)
                    .caution("moving a database takes it down for a while");
                said.push("subnet group");
            }
            "DBInstanceStatus" => {
                let (operation, verb) = match wanted(edit)?.and_then(Value::as_str) {
                    Some("available") => ("StartDBInstance", "Start"),
                    Some("stopped") => ("StopDBInstance", "Stop"),
                    _ => return Err(unsupported(edit, "the status follows from the database's life")),
                };
                plan.push(base(operation).say(format!("{verb} {}", bucket.id)));
            }
            _ => return Err(unsupported(edit, "a deleted database comes back from a snapshot only")),
        }
    }
    let group = |group: &Value| text(group, "VpcSecurityGroupId");
    if let Some(groups) = whole_list(plan, bucket, "VpcSecurityGroups", group)? {
        call = call.args("--vpc-security-group-ids", &groups);
        said.push("security groups");
    }
    if !said.is_empty() {
        plan.push(call.switch("--apply-immediately").say(format!(
            "Set {} of {}",
            said.join(", "),
            bucket.id
        )));
    }
    Ok(())
}

pub(super) fn function(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let name = bucket.id.rsplit(':').next().unwrap_or(bucket.id);
    let base = |operation: &'static str| Call::new(&place, "lambda", operation).arg("--function-name", name);
    let mut call = base("UpdateFunctionConfiguration");
    let mut said = Vec::new();
    for edit in &bucket.edits {
        let flag = match edit.facet.member.as_str() {
            "VpcConfig/SubnetIds" | "VpcConfig/SecurityGroupIds" => continue,
            "ReservedConcurrentExecutions" => {
                concurrency(plan, edit, &base, name)?;
                continue;
            }
            "Environment/Variables" => {
                let variables =
                    wanted(edit)?.ok_or_else(|| unknown(edit, "the variables, which records never have"))?;
                call = call.json("--environment", &json!({"Variables": variables}));
                said.push("environment");
                continue;
            }
            "Policy/Statement" => {
                function_permission(plan, edit)?;
                continue;
            }
            "Role" => "--role",
            "Timeout" => "--timeout",
            "MemorySize" => "--memory-size",
            _ => return Err(unsupported(edit, "a function comes back from its package only")),
        };
        let value = wanted(edit)?.ok_or_else(|| unknown(edit, "the value it had"))?;
        call = match value {
            Value::String(text) => call.arg(flag, text.as_str()),
            value => call.json(flag, value),
        };
        said.push(flag.trim_start_matches("--"));
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

pub(super) fn cluster(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let mut config = Map::new();
    for edit in &bucket.edits {
        let value = wanted(edit)?.ok_or_else(|| unknown(edit, "the value it had"))?;
        match (edit.facet.member.as_str(), value) {
            ("resourcesVpcConfig", Value::Object(members)) => {
                config.extend(changed(edit, members));
            }
            (member, value) => {
                let name = member.strip_prefix("resourcesVpcConfig/");
                let name = name.ok_or_else(|| unsupported(edit, "this member has no call of its own"))?;
                config.insert(name.to_owned(), value.clone());
            }
        }
    }
    // What describe output adds and no call sets.
    for derived in ["clusterSecurityGroupId", "vpcId"] {
        config.remove(derived);
    }
    let call = Call::new(&place, "eks", "UpdateClusterConfig").arg("--name", bucket.id);
    let call = call.json("--resources-vpc-config", &Value::Object(config));
    plan.push(call.say(format!("Set the network settings of cluster {}", bucket.id)));
    Ok(())
}

/// The members of a whole that differ from what it was; all where that is not known.
fn changed(edit: &Edit, members: &Map<String, Value>) -> Map<String, Value> {
    let before = match &edit.before {
        State::Present(Value::Object(before)) => Some(before),
        _ => None,
    };
    let differs = |name: &str, value: &Value| before.is_none_or(|before| before.get(name) != Some(value));
    members
        .iter()
        .filter(|(name, value)| differs(name, value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
