//! The way back to the code that ran before, where records say where it is.
//!
//! Nothing here is proved in the model: it does not run code. What is proved is which package comes back, by its checksum.

use super::aws::text;
use crate::scene::Scene;
use butfor_incident::{Body, Phase, Step, Timestamp};
use butfor_world::cloudtrail::Record;
use butfor_world::command::quote;
use butfor_world::{ResourceKey, State};
use serde_json::Value;

/// Where a package of a function is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Package {
    /// Bucket, key, version of the object.
    Object(String, String, Option<String>),
    /// Image in a registry.
    Image(String),
    /// Published version of the function that has it.
    Version(String),
}

/// Steps that put the former code of a function back; `None` where no record says where it is.
pub(crate) fn of_function(scene: &Scene<'_>, function: &ResourceKey, act: usize) -> Option<Vec<Step>> {
    let edit = scene
        .acts
        .get(act)?
        .delta
        .edits
        .iter()
        .find(|edit| edit.resource == *function && edit.facet.member == "CodeSha256")?;
    let State::Present(Value::String(sum)) = &edit.before else { return None };
    let package = uploaded(scene, function, sum).or_else(|| published(scene, function, sum))?;
    Some(steps(function, sum, &package))
}

/// The package that an earlier call on record uploaded.
fn uploaded(scene: &Scene<'_>, function: &ResourceKey, sum: &str) -> Option<Package> {
    let name = function.id.rsplit(':').next()?;
    let mut found: Option<(Timestamp, Package)> = None;
    for evidence in &scene.case.evidence {
        let Body::CloudTrailRecord(record) = &evidence.body else { continue };
        if !record.contains(sum) {
            continue;
        }
        let Ok(record) = Record::parse(record) else { continue };
        let request = &record.request;
        let is_of = text(request, "FunctionName")
            .is_some_and(|named| named == name || named.ends_with(&format!(":{name}")));
        let gave = record.response.pointer("/CodeSha256").and_then(Value::as_str);
        let region = function.id.split(':').nth(3).unwrap_or_default();
        if !is_of || record.error.is_some() || gave != Some(sum) || record.region != region {
            continue;
        }
        let place = request.get("Code").unwrap_or(request);
        let owned = |member: &str| text(place, member).map(str::to_owned);
        let package = match (owned("S3Bucket"), owned("S3Key"), owned("ImageUri")) {
            (Some(bucket), Some(key), _) => Package::Object(bucket, key, owned("S3ObjectVersion")),
            (_, _, Some(image)) => Package::Image(image),
            _ => continue,
        };
        if found.as_ref().is_none_or(|(at, _)| *at < record.at) {
            found = Some((record.at, package));
        }
    }
    found.map(|(_, package)| package)
}

/// A published version keeps its code.
fn published(scene: &Scene<'_>, function: &ResourceKey, sum: &str) -> Option<Package> {
    let version = scene.now().of_kind("AWS::Lambda::Version").find_map(|version| {
        let number = version.key.id.strip_prefix(&format!("{}:", function.id))?;
        let has = text(version.parsed(), "CodeSha256") == Some(sum);
        (has && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| number.to_owned())
    })?;
    Some(Package::Version(version))
}

fn steps(function: &ResourceKey, sum: &str, package: &Package) -> Vec<Step> {
    let parts: Vec<&str> = function.id.split(':').collect();
    let region = parts.get(3).copied().unwrap_or_default();
    let account = parts.get(4).copied().unwrap_or_default();
    let name = parts.last().copied().unwrap_or_default();
    let step = |phase: Phase, text: String, command: String, expect: String| Step {
        phase,
        text,
        command,
        expect,
        account: account.to_owned(),
        region: region.to_owned(),
    };
    let base = format!("aws lambda update-function-code --function-name {}", quote(name));
    let end = format!("--query CodeSha256 --output text --region {}", quote(region));
    let mut all = vec![step(
        Phase::Prepare,
        format!(
            "use credentials of account {account} that may make this change, and make sure they are in use"
        ),
        "aws sts get-caller-identity --query Account --output text".to_owned(),
        account.to_owned(),
    )];
    let from = match package {
        Package::Object(bucket, key, version) => {
            let version = version.as_ref().map(|version| format!(" --s3-object-version {}", quote(version)));
            format!("--s3-bucket {} --s3-key {}{}", quote(bucket), quote(key), version.unwrap_or_default())
        }
        Package::Image(image) => format!("--image-uri {}", quote(image)),
        Package::Version(version) => {
            let file = format!("{name}-{version}.zip");
            all.push(step(
                Phase::Prepare,
                format!("fetch the package of version {version}, which has the former code"),
                format!(
                    "curl --fail --silent --show-error --output {} \"$(aws lambda get-function --function-name {} --qualifier {} --query Code.Location --output text --region {})\"",
                    quote(&file), quote(name), quote(version), quote(region)
                ),
                "success, no error".to_owned(),
            ));
            format!("--zip-file {}", quote(&format!("fileb://{file}")))
        }
    };
    all.push(step(
        Phase::PreValidate,
        format!("a dry run: the package is there and is the former one of {name}"),
        format!("{base} {from} --dry-run {end}"),
        format!("{sum}; if not, stop: the package is another one by now"),
    ));
    all.push(step(
        Phase::Apply,
        format!("Put the former code of {name} back"),
        format!("{base} {from} {end}"),
        sum.to_owned(),
    ));
    all
}
