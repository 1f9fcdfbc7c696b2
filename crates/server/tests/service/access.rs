//! Who may do what: sessions, tokens with scopes, forms of other sites, headers.

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_anything_without_signing_in() {
    let service = Running::start().await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    for path in [
        "/",
        "/incidents",
        "/incidents/1",
        "/incidents/1/cause",
        "/incidents/1/events",
        "/start",
        "/audit",
        "/tokens",
    ] {
        let answer = service.client.get(service.url(path)).send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        assert!(status == 303 || status == 307, "{path}: {status}");
        assert!(!text.contains("orders"), "{path}");
    }
    let (status, _) = service.api_as("", "GET", "/incidents", None).await;
    assert_eq!(status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_does_nothing() {
    let service = Running::start().await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    service.assessed(1, 1).await;
    let (session, csrf) = service.sign_in().await;
    for wrong in ["", "x", &format!("{csrf}x")] {
        let fields = [("csrf", wrong), ("decision", "accept"), ("hypothesis", "h")];
        let (status, ..) = service.form(&session, "/incidents/1/decisions", &fields).await;
        assert_eq!(status, 403, "{wrong}");
    }
    let fields = [("csrf", csrf.as_str()), ("decision", "accept"), ("hypothesis", "h")];
    let (status, place, _) = service.form(&session, "/incidents/1/decisions", &fields).await;
    assert_eq!((status, place.as_str()), (303, "/incidents/1/cause"));
    // A session's cookie alone changes nothing through REST either.
    let request = service
        .client
        .post(service.url("/api/v1/incidents/1/close"))
        .header("cookie", format!("butfor_session={session}"))
        .header("content-type", "application/json");
    assert_eq!(request.send().await.unwrap().status(), 403);
    // Signing out ends it.
    let (status, ..) = service.form(&session, "/sign-out", &[("csrf", &csrf)]).await;
    assert_eq!(status, 303);
    assert_eq!(service.page(&session, "/incidents").await.0, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_no_more_than_its_scope() {
    let service = Running::start().await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    let (session, csrf) = service.sign_in().await;
    let fields = [("csrf", csrf.as_str()), ("name", "dashboard"), ("scope", "read"), ("days", "7")];
    let (status, _, page) = service.form(&session, "/tokens", &fields).await;
    assert_eq!(status, 200);
    let token = page
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .find(|word| word.len() == 43 && *word != csrf)
        .expect("the token is shown once")
        .to_owned();
    assert_eq!(service.api_as(&token, "GET", "/incidents", None).await.0, 200);
    assert_eq!(service.api_as(&token, "POST", "/incidents/1/close", None).await.0, 403);
    assert_eq!(service.api_as(&token, "GET", "/audit", None).await.0, 403);
    let (_, page) = service.page(&session, "/tokens").await;
    assert!(!page.contains(&token), "it is shown only once");
    // It is no way into a session, which would be its person's with all they may do.
    let answer = service.post_sign_in(&token).await;
    assert_eq!(answer.status(), 401);
    let fields = [("csrf", csrf.as_str()), ("name", "x"), ("scope", "read"), ("days", "for ever")];
    assert_eq!(service.form(&session, "/tokens", &fields).await.0, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_protects_the_browser() {
    let service = Running::start().await;
    for path in ["/sign-in", "/incidents", "/nothing", "/assets/style.css", "/api/v1/incidents"] {
        let answer = service.client.get(service.url(path)).send().await.unwrap();
        let header = |name: &str| {
            answer.headers().get(name).map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        assert!(header("content-security-policy").contains("default-src 'self'"), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert!(!header("cache-control").is_empty(), "{path}");
    }
    let answer = service.client.get(service.url("/sign-in")).send().await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_what_is_in_the_log_that_is_a_chain() {
    let service = Running::start().await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    let (session, csrf) = service.sign_in().await;
    let fields = [("csrf", csrf.as_str()), ("decision", "note"), ("note", "looking")];
    service.form(&session, "/incidents/1/decisions", &fields).await;
    let (status, page) = service.page(&session, "/audit").await;
    assert_eq!(status, 200);
    for expected in ["token.make", "session.begin", "incident.note", "administrator"] {
        assert!(page.contains(expected), "{expected}");
    }
}
