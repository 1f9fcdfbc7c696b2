//! The policies and the role for Terraform and OpenTofu, whose object syntax takes JSON as it stands.

use crate::document::Document;
use crate::grant::{Grant, external_id};
use std::fmt::Write;

/// Name of the role where nobody says otherwise.
pub(crate) const ROLE: &str = "ButforRead";

pub(crate) fn write(grant: &Grant) -> String {
    let mut out =
        String::from("# Read-only access for butfor, by `butfor iam-policy --format terraform`.\n\n");
    let principal = "ARN of the account, role or user that may assume the role";
    variable("principal", principal, grant.principal_arn(), &mut out);
    if let Some(id) = grant.external_id_text() {
        variable("external_id", "External id it must give", Some(id), &mut out);
    }
    variable("role_name", "Name of the role, as in butfor.toml", Some(ROLE), &mut out);
    let policies = grant.policies();
    for (number, policy) in (1..).zip(&policies) {
        let _ = writeln!(
            out,
            "resource \"aws_iam_policy\" \"butfor_read_{number}\" {{\n  name   = \"${{var.role_name}}{number}\"\n  \
             policy = jsonencode({})\n}}\n",
            policy.document.pretty(1)
        );
    }
    let condition = grant.external_id_text().map(|_| external_id(Document::Expression("var.external_id")));
    let trust = grant.trust_of(Document::Expression("var.principal"), condition);
    let _ = writeln!(
        out,
        "resource \"aws_iam_role\" \"butfor\" {{\n  name               = var.role_name\n  \
         assume_role_policy = jsonencode({})\n}}\n",
        trust.pretty(1)
    );
    for number in 1..=policies.len() {
        let _ = writeln!(
            out,
            "resource \"aws_iam_role_policy_attachment\" \"butfor_read_{number}\" {{\n  role       = \
             aws_iam_role.butfor.name\n  policy_arn = aws_iam_policy.butfor_read_{number}.arn\n}}\n"
        );
    }
    out.push_str("output \"role_arn\" {\n  value = aws_iam_role.butfor.arn\n}\n");
    out
}

/// Texts are checked before they get here (`Grant`): none holds a quote or a template.
fn variable(name: &str, what: &str, default: Option<&str>, out: &mut String) {
    let _ = writeln!(out, "variable \"{name}\" {{\n  type        = string\n  description = \"{what}\"");
    if let Some(default) = default {
        let _ = writeln!(out, "  default     = \"{default}\"");
    }
    out.push_str("}\n\n");
}
