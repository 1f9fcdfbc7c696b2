//! Variables whose values were left out of what was recorded: the command reads them where they still are when it runs.
//!
//! A recording keeps names and, instead of a value, a mark that is the same for the same value. What a variable was can then be had where
//! another function has a variable with the same mark, and what the others are, from the function itself. Nothing secret
//! stands in the command.

use super::plan::{Bucket, Plan, wanted};
use super::shell::{Call, Word};
use super::{Found, Place};
use crate::facets::{self, is_redacted};
use crate::{Facet, State};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const FUNCTION: &str = "AWS::Lambda::Function";

/// The value of `--environment`, as a command that puts it together; what it needs is asked for before. `None` where a value is nowhere to
/// be had.
pub(super) fn environment(
    plan: &mut Plan<'_>,
    bucket: &Bucket<'_>,
    place: &Place,
    name: &str,
) -> Option<Word> {
    let member = "Environment/Variables";
    let whole = Facet { member: member.to_owned(), element: None };
    let now = match plan
        .document(bucket.kind, bucket.id)
        .map(|found| facets::state(bucket.kind, &found.document, &whole))
    {
        Some(State::Present(Value::Object(map))) => map,
        Some(State::Absent) => Map::new(),
        _ => return None,
    };
    // Each variable stays what it is, or becomes a text.
    let mut variables: BTreeMap<String, String> =
        now.keys().map(|name| (name.clone(), name.clone())).collect();
    let mut reads = Vec::new();
    for edit in bucket.of(member) {
        let variable = edit.facet.element.clone()?;
        match wanted(edit).ok()? {
            None => drop(variables.remove(&variable)),
            Some(value) if is_redacted(value) => {
                let shell = format!("VALUE_{variable}");
                reads.push(read(plan, bucket.id, place, &variable, value, &shell)?);
                variables.insert(variable, format!("'${shell}'"));
            }
            Some(Value::String(text)) if text.chars().all(is_harmless) => {
                variables.insert(variable, format!("'{text}'"));
            }
            Some(_) => return None,
        }
    }
    if !variables.keys().all(|name| is_identifier(name)) {
        return None;
    }
    reads.into_iter().for_each(|command| plan.push(command));
    let members: Vec<String> = variables.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let members = members.join(", ");
    let stays = variables.iter().any(|(name, value)| name == value);
    // JMESPath specification, "Multi-select hash": of nothing it makes nothing.
    let query = match (members.is_empty(), stays) {
        (true, _) => return Some(Word::from("{\"Variables\":{}}")),
        (false, true) => format!("{{Variables: Environment.Variables.{{{members}}}}}"),
        (false, false) => format!("{{Variables: {{{members}}}}}"),
    };
    let asked = Call::new(place, "lambda", "GetFunctionConfiguration").arg("--function-name", name);
    let asked = asked.arg("--query", Word::Quoted(query)).arg("--output", "json");
    Some(Word::Output(asked.line()))
}

/// The command that reads a value where another function has it.
fn read(
    plan: &Plan<'_>,
    own: &str,
    place: &Place,
    variable: &str,
    mark: &Value,
    shell: &str,
) -> Option<super::Command> {
    let has = |found: &Found| -> Option<String> {
        let variables = found.document.pointer("/Environment/Variables")?.as_object()?;
        let same: Vec<&String> =
            variables.iter().filter(|(_, value)| *value == mark).map(|(name, _)| name).collect();
        let best = same.iter().find(|name| name.as_str() == variable).or(same.first())?;
        is_identifier(best).then(|| (*best).clone())
    };
    let functions = plan.world.of_kind(FUNCTION);
    let others = functions
        .iter()
        .filter(|(id, found)| id != own && found.account == place.account && found.region == place.region);
    let (other, from) = others.filter_map(|(id, found)| Some((id, has(found)?))).min()?;
    let other = other.rsplit(':').next().unwrap_or(other);
    let call = Call::new(place, "lambda", "GetFunctionConfiguration").arg("--function-name", other);
    let text = format!("Read the value of {variable} from function {other}, which has the same");
    Some(call.keep(shell, &format!("Environment.Variables.{from}"), text))
}

/// Characters that neither a shell between double quotes nor a text of a query takes for anything else.
fn is_harmless(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || " .,:;/_-+=@%#?&".contains(letter)
}

/// A name that a shell and a query take as it is.
fn is_identifier(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
