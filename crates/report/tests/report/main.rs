//! Reports of constructed assessments: how they look, what they keep to, and that no text can break them.

#[cfg(test)]
mod announce;
#[cfg(test)]
mod any_text;
#[cfg(test)]
mod assessments;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod json;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod shown;
