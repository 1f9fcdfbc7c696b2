//! Whatever the text: written messages are read back, and nothing panics or takes long.

use crate::one;
use crate::wrapping::{mutations, reasons, wrappers};
use butfor_policy::denial::{parse, parse_event};
use proptest::prelude::*;

/// Pieces of messages, to be put together in any order.
const PIECES: [&str; 35] = [
    "User: ",
    "is ",
    "not authorized to perform: ",
    "s3:GetObject",
    " on resource: ",
    "\"",
    "arn:",
    "\\",
    "\\n",
    "\n",
    "é",
    "│",
    "&quot;",
    "with an explicit deny",
    " in a ",
    "session policy",
    ":",
    " ",
    "because no ",
    "An error occurred (",
    "AccessDenied",
    ")",
    "authorization id: ",
    "Encoded authorization failure message:",
    " transitively through a ",
    "(Service: ",
    "status code: 403",
    "::",
    "api error ",
    "access to the resource ",
    " is denied",
    "\\u00",
    "not authorized to access",
    "exception: access denied",
    "on resource: role ",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_written_message_is_read_back(
        reason in proptest::sample::select(reasons()),
        wrapper in proptest::sample::select(wrappers()),
        mutation in proptest::sample::select(mutations()),
        role in "[A-Za-z0-9_.-]{1,20}",
        session in "[A-Za-z0-9_.@=-]{1,20}",
        service in "[a-z][a-z0-9-]{1,12}",
        name in "[A-Z][A-Za-z0-9]{0,24}",
        key in "[A-Za-z0-9_/-]{0,30}",
        has_resource in any::<bool>(),
    ) {
        let principal = format!("arn:aws:sts::111122223333:assumed-role/{role}/{session}");
        let action = format!("{service}:{name}");
        let resource = format!("arn:aws:{service}:us-east-1:111122223333:thing/{key}");
        let on = if has_resource { format!(" on resource: {resource}") } else { String::new() };
        let (code, operation, before, after) = wrapper;
        let words = reason.0;
        let text = mutation(&format!("{before}User: {principal} is not authorized to perform: {action}{on} {words}{after}"));
        let denial = one(&text);
        prop_assert_eq!(denial.code.as_deref(), code);
        prop_assert_eq!(denial.operation.as_deref(), operation);
        prop_assert_eq!(denial.principal.as_deref(), Some(principal.as_str()));
        prop_assert_eq!(denial.action.as_deref(), Some(action.as_str()));
        prop_assert_eq!(denial.resource.as_deref(), has_resource.then_some(resource.as_str()));
        prop_assert_eq!((denial.kind, denial.named, denial.policy.as_deref()), (reason.1, reason.2, reason.3));
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC*") {
        prop_assert!(parse(&text).is_empty());
        prop_assert!(parse_event(Some("AccessDenied"), Some(&text)).is_some());
    }

    #[test]
    fn shuffled_pieces_never_panic(pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..40)) {
        let text = pieces.concat();
        for denial in parse(&text) {
            prop_assert!(text.get(denial.span.clone()).is_some(), "{:?}", denial);
        }
    }
}

/// Time grows with the text, not with its square; with its square these would take hours.
#[test]
fn long_texts_take_little_time() {
    for piece in PIECES.iter().chain(&[
        "User: is not authorized to perform: a:b on resource: ",
        "with an explicit deny in a session policy: ",
        "(Service: status code: 403",
        "::AccessDenied",
    ]) {
        assert!(parse(&piece.repeat(100_000 / piece.len())).len() <= 64);
    }
}
