//! Questions about reports of the project's scenarios: what is understood, what is answered, and that nothing else is.

#[cfg(test)]
mod any_question;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod steering;
