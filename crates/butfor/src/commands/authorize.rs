//! `butfor authorize`: may this principal do that, and which statement of which policy says so.

mod many;

use crate::authorize::{answer, text};
use crate::cli::{Authorize, Format};
use crate::output::{self, BadInput, Outcome};
use crate::progress::Progress;
use butfor_engine::Question;
use butfor_incident::Timestamp;
use butfor_world::History;

pub(super) fn run(asked: &Authorize) -> anyhow::Result<Outcome> {
    if asked.jsonl {
        return many::run();
    }
    let question = question(asked)?;
    let at = asked.at.as_deref().map(Timestamp::parse).transpose();
    let at = at.map_err(|error| BadInput(format!("--at: {error}")))?;
    let mut progress = Progress::new();
    let path = asked.path.as_deref().ok_or_else(|| BadInput("name the recorded incident".to_owned()))?;
    let bundle = super::read(path, &mut progress)?;
    progress.step(0, 1, "reading the policies");
    let history = History::read(&bundle.case);
    let world = at.map_or_else(|| history.latest().clone(), |at| history.at(at));
    let answer = butfor_engine::authorize(&world, &question).map_err(|error| BadInput(error.to_string()))?;
    drop(progress);
    match asked.format {
        Format::Json => output::print(&answer::json(&answer).to_string())?,
        Format::Terminal => output::print_styled(&text::of_answer(&question, &answer))?,
    }
    Ok(Outcome::of_input(super::tell(&bundle, &history)))
}

fn question(asked: &Authorize) -> Result<Question, BadInput> {
    let needed = |name: &str, value: &Option<String>| {
        value.clone().ok_or_else(|| BadInput(format!("{name} is needed to ask about one request")))
    };
    let context = asked.context.iter().map(|pair| match pair.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(BadInput(format!(
            "--context `{pair}` is no key=value pair, such as aws:SourceIp=203.0.113.9"
        ))),
    });
    Ok(Question {
        principal: needed("--principal", &asked.principal)?,
        action: needed("--action", &asked.action)?,
        resource: needed("--resource", &asked.resource)?,
        via: asked.via.clone(),
        context: context.collect::<Result<_, _>>()?,
    })
}
