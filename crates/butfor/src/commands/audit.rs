//! `butfor audit`: whether the service's audit log is as it was written. `butfor admin-token`: a way in for whoever lost theirs.

use crate::cli::{Audit, AuditAction, Database};
use crate::output::{self, Outcome};
use butfor_store::{AuditCheck, Store};

pub(super) fn run(asked: &Audit) -> anyhow::Result<Outcome> {
    let AuditAction::Verify(database) = &asked.action;
    let check = crate::live::runtime()?
        .block_on(async { anyhow::Ok(open(database).await?.verify_audit(None).await?) })?;
    match check {
        AuditCheck::Sound(head) => {
            output::print(&format!("sound: {} rows, head {}\n", head.seq, head.digest))?;
            Ok(Outcome::Done)
        }
        AuditCheck::Broken { seq, what } => {
            output::print(&format!("broken at row {seq}: {what}\n"))?;
            Ok(Outcome::BadInput)
        }
    }
}

/// Prints a new token of the administrator.
pub(super) fn admin_token(database: &Database) -> anyhow::Result<Outcome> {
    let token = crate::live::runtime()?
        .block_on(async { anyhow::Ok(butfor_server::admin_token(&open(database).await?).await?) })?;
    output::print(&format!("{token}\n"))?;
    output::note("sign in with it on the page; take the lost one back there");
    Ok(Outcome::Done)
}

/// The service's store, which must be there.
pub(super) async fn open(asked: &Database) -> anyhow::Result<Store> {
    crate::serve::open_store(asked).await
}
