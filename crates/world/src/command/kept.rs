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

#[cfg(test)]
mod tests {
    use super::FUNCTION;
    use crate::command::{Found, Lookup, commands};
    use crate::delta::{Delta, Edit, Facet, ResourceKey, State};
    use serde_json::{Value, json};

    const SECRET: &str = "redacted:0011aabb";

    /// Functions by name, with their variables.
    struct Functions(Vec<(&'static str, &'static str, Value)>);

    fn arn(name: &str) -> String {
        format!("arn:aws:lambda:us-east-1:111122223333:function:{name}")
    }

    impl Lookup for Functions {
        fn document(&self, kind: &str, id: &str) -> Option<Found> {
            self.of_kind(kind).into_iter().find(|(own, _)| own == id).map(|(_, found)| found)
        }

        fn of_kind(&self, kind: &str) -> Vec<(String, Found)> {
            let found = |(name, account, variables): &(&str, &str, Value)| {
                let document = json!({"FunctionName": name, "FunctionArn": arn(name), "Environment": {"Variables": variables}});
                (
                    arn(name),
                    Found { account: (*account).to_owned(), region: "us-east-1".to_owned(), document },
                )
            };
            if kind == FUNCTION { self.0.iter().map(found).collect() } else { Vec::new() }
        }
    }

    /// The commands that bring a variable of function `list` to a value.
    fn check(
        others: Vec<(&'static str, &'static str, Value)>,
        variable: &str,
        value: Value,
        expected: Result<&[&str], &str>,
    ) {
        let mut functions =
            vec![("list", "111122223333", json!({"LEVEL": "INFO", "TOKEN": "redacted:99999999"}))];
        functions.extend(others);
        let edit = Edit {
            resource: ResourceKey { kind: FUNCTION.to_owned(), id: arn("list") },
            facet: Facet { member: "Environment/Variables".to_owned(), element: Some(variable.to_owned()) },
            before: State::Absent,
            after: State::Present(value),
        };
        let found = commands(&Delta { edits: vec![edit] }, &Functions(functions));
        match (found, expected) {
            (Ok(found), Ok(expected)) => {
                let lines: Vec<String> =
                    found.iter().map(|command| command.line.replace(" --region us-east-1", "")).collect();
                assert_eq!(lines, expected);
            }
            (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
            (found, expected) => panic!("{found:?} is not {expected:?}"),
        }
    }

    #[test]
    fn a_value_that_was_left_out_is_read_where_it_still_is() {
        let twin = ("show", "111122223333", json!({"TOKEN_OLD": SECRET}));
        let read = "VALUE_SECRET=$(aws lambda get-function-configuration --function-name show --query Environment.Variables.TOKEN_OLD --output text)";
        let set = "aws lambda update-function-configuration --function-name list --environment \"$(aws lambda get-function-configuration \
                   --function-name list --query \"{Variables: Environment.Variables.{LEVEL: LEVEL, SECRET: '$VALUE_SECRET', TOKEN: TOKEN}}\" \
                   --output json)\"";
        check(vec![twin], "SECRET", json!(SECRET), Ok(&[read, set]));
    }

    #[test]
    fn a_value_that_is_nowhere_is_for_people() {
        check(vec![], "SECRET", json!(SECRET), Err("SECRET"));
        let elsewhere = ("show", "999988887777", json!({"SECRET": SECRET}));
        check(vec![elsewhere], "SECRET", json!(SECRET), Err("SECRET"));
        // A name that a shell would not take as it is.
        let strange = ("show", "111122223333", json!({"A;B": SECRET}));
        check(vec![strange], "SECRET", json!(SECRET), Err("SECRET"));
    }

    #[test]
    fn what_could_leave_its_quotes_is_for_people() {
        check(vec![], "LEVEL", json!("$(rm -rf /)"), Err("LEVEL"));
        check(vec![], "LEVEL", json!("a'b"), Err("LEVEL"));
    }
}
