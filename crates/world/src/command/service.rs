//! Commands for databases and clusters.

use super::plan::{Bucket, Done, Plan, text, unknown, unsupported, wanted, whole_list};
use super::shell::Call;
use crate::delta::{Edit, State};
use serde_json::{Map, Value};

/// Settings of a database: member, flag.
const SETTINGS: &[(&str, &str)] = &[
    ("DBInstanceClass", "--db-instance-class"),
    ("AllocatedStorage", "--allocated-storage"),
    ("MaxAllocatedStorage", "--max-allocated-storage"),
    ("StorageType", "--storage-type"),
    ("Iops", "--iops"),
    ("EngineVersion", "--engine-version"),
    ("MultiAZ", "--multi-az"),
    ("BackupRetentionPeriod", "--backup-retention-period"),
    ("DeletionProtection", "--deletion-protection"),
];

/// The parameter group an edit leads to: a database has one.
fn parameter_group(edit: &Edit) -> Result<String, super::CommandError> {
    let group = match wanted(edit)? {
        Some(Value::Array(groups)) => groups.first().and_then(|group| text(group, "DBParameterGroupName")),
        Some(group) => text(group, "DBParameterGroupName"),
        None => None,
    };
    group.ok_or_else(|| unknown(edit, "the parameter group it had"))
}

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
            // A database has one group: the one that comes replaces the one that goes.
            "DBParameterGroups" if edit.facet.element.is_some() && wanted(edit)?.is_none() => {}
            "DBParameterGroups" => {
                let name = parameter_group(edit)?;
                call = call
                    .arg("--db-parameter-group-name", name)
                    .caution("it counts once the database is rebooted");
                said.push("parameter group");
            }
            member => {
                let found = SETTINGS.iter().find(|(of, _)| *of == member);
                let (_, flag) = found
                    .ok_or_else(|| unsupported(edit, "a deleted database comes back from a snapshot only"))?;
                let value = wanted(edit)?.ok_or_else(|| unknown(edit, "the value it had"))?;
                call = match value {
                    Value::Bool(is_on) => call.toggle(flag.trim_start_matches("--"), *is_on),
                    Value::String(text) => call.arg(flag, text.as_str()),
                    value => call.json(flag, value),
                };
                if let "DBInstanceClass" | "EngineVersion" = member {
                    call = call.caution("the database is not reachable for some minutes");
                }
                said.push(member);
            }
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
