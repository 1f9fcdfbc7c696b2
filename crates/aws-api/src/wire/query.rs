//! The query protocol, and EC2's variant of it: a form with numbered names.

use super::{Wire, plain};
use crate::encode;
use crate::model::{Operation, Protocol, Reference, Service, Shape, Structure, Traits};
use crate::time::{self, Notation};
use serde_json::{Map, Value};

pub(super) fn request(
    service: &Service,
    name: &str,
    operation: &Operation,
    parameters: &Map<String, Value>,
) -> Wire {
    let mut form = Form { service, is_ec2: service.protocol == Protocol::Ec2, pairs: Vec::new() };
    form.pairs.push(("Action".to_owned(), name.to_owned()));
    form.pairs.push(("Version".to_owned(), service.version.clone()));
    if let Some(input) = service.input(operation) {
        form.structure(input, parameters, "");
    }
    let pairs: Vec<String> = form
        .pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode::strict(name), encode::strict(value)))
        .collect();
    Wire {
        path: "/".to_owned(),
        headers: vec![(
            "content-type".to_owned(),
            "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
        )],
        body: pairs.join("&").into_bytes(),
        ..Wire::default()
    }
}

struct Form<'m> {
    service: &'m Service,
    is_ec2: bool,
    pairs: Vec<(String, String)>,
}

impl Form<'_> {
    /// EC2's names begin with a capital, whatever the model's do in answers.
    fn name(&self, traits: &Traits, own: &str) -> String {
        let name = traits.name.as_deref();
        if !self.is_ec2 {
            return name.unwrap_or(own).to_owned();
        }
        if let Some(name) = &traits.query_name {
            return name.clone();
        }
        let Some(name) = name else { return own.to_owned() };
        let mut letters = name.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    fn structure(&mut self, shape: &Structure, given: &Map<String, Value>, prefix: &str) {
        for member in &shape.members {
            let Some(value) = given.get(&member.0).filter(|value| !value.is_null()) else { continue };
            let name = self.name(&member.2, &member.0);
            let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            self.value(self.service.of(member), &member.2, value, &name);
        }
    }

    fn value(&mut self, shape: &Shape, traits: &Traits, given: &Value, name: &str) {
        match (shape, given) {
            (Shape::Structure(shape), Value::Object(given)) => self.structure(shape, given, name),
            (Shape::List { element }, Value::Array(given)) => self.list(element, traits, given, name),
            (Shape::Map { key, value }, Value::Object(given)) => {
                let prefix = if traits.flattened { name.to_owned() } else { format!("{name}.entry") };
                let key_name = key.1.name.as_deref().unwrap_or("key");
                let value_name = value.1.name.as_deref().unwrap_or("value");
                for (number, (entry, item)) in (1..).zip(given) {
                    self.pairs.push((format!("{prefix}.{number}.{key_name}"), entry.clone()));
                    let name = format!("{prefix}.{number}.{value_name}");
                    self.value(self.service.at(value), &value.1, item, &name);
                }
            }
            (Shape::Timestamp, given) => {
                let notation = Notation::named(traits.time_format.as_deref(), Notation::Iso);
                let text = time::parse(given).map_or_else(|| plain(given), |at| time::write(at, notation));
                self.pairs.push((name.to_owned(), text));
            }
            (_, given) => self.pairs.push((name.to_owned(), plain(given))),
        }
    }

    fn list(&mut self, element: &Reference, traits: &Traits, given: &[Value], name: &str) {
        if given.is_empty() && !self.is_ec2 {
            self.pairs.push((name.to_owned(), String::new()));
            return;
        }
        let prefix = if self.is_ec2 {
            name.to_owned()
        } else if traits.flattened {
            match (&element.1.name, name.rsplit_once('.')) {
                (None, _) => name.to_owned(),
                (Some(own), Some((before, _))) => format!("{before}.{own}"),
                (Some(own), None) => own.clone(),
            }
        } else {
            format!("{name}.{}", element.1.name.as_deref().unwrap_or("member"))
        };
        for (number, item) in (1..).zip(given) {
            self.value(self.service.at(element), &element.1, item, &format!("{prefix}.{number}"));
        }
    }
}
