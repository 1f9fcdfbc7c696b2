//! A service of a test's own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use butfor_engine::correlate::{Dependencies, Explained};
use butfor_incident::picture::Picture;
use butfor_incident::{
    Alert, Assessment, Cause, Cites, Grade, Incident, Intentional, Outcome, Plan, PlanStatus, ResourceRef,
    Stats, Timestamp, Verdict,
};
use butfor_intake::{Auth, Format, Integration, Secret};
use butfor_ports::Notifier;
use butfor_report::ask::Call;
use butfor_server::{
    Desk, Document, Fetch, Fetched, Found, Investigating, Investigator, Order, Sender, Service, Settings,
    Step,
};
use butfor_store::Store;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub const SECRET: &str = "test-hmac-key";

/// A running service.
pub struct Running {
    pub address: SocketAddr,
    pub client: reqwest::Client,
    pub token: String,
    pub investigator: Arc<Scripted>,
    stop: Option<oneshot::Sender<()>>,
    served: Option<tokio::task::JoinHandle<()>>,
    _folder: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

/// What a test changes before it starts.
pub struct Setup {
    pub settings: Settings,
    pub investigator: Arc<Scripted>,
    pub fetch: Arc<dyn Fetch>,
    pub notifiers: Vec<Arc<dyn Notifier>>,
    pub database: Option<String>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            settings: settings(),
            investigator: Arc::new(Scripted::default()),
            fetch: Arc::new(Nowhere),
            notifiers: Vec::new(),
            database: None,
        }
    }
}

pub fn sender(name: &str, format: Format, auth: Auth) -> Sender {
    let integration = Integration::new(name, format, auth, vec![Secret::new(SECRET)]);
    Sender { integration, per_minute: 1_000_000 }
}

pub fn settings() -> Settings {
    Settings {
        public_url: None,
        replica: "test".to_owned(),
        is_shared: false,
        workers: 2,
        session: Duration::from_secs(3600),
        retention: Duration::from_secs(86_400),
        senders: vec![
            sender("generic", Format::Generic, Auth::Signature),
            sender("bearer", Format::Generic, Auth::Bearer),
            sender("eventbridge", Format::EventBridge, Auth::Bearer),
            sender("alertmanager", Format::Alertmanager, Auth::Bearer),
            sender("grafana", Format::Grafana, Auth::Signature),
            sender("pagerduty", Format::PagerDuty, Auth::Signature),
            sender("datadog", Format::Datadog, Auth::Header("x-api-key".to_owned())),
            sender("servicenow", Format::ServiceNow, Auth::Signature),
            sender("github", Format::GitHub, Auth::Signature),
            sender("gitlab", Format::GitLab, Auth::Signature),
        ],
        channels: Vec::new(),
        slack: None,
        sign_in: None,
        accounts: Vec::new(),
        regions: Vec::new(),
        is_demo: false,
    }
}

impl Running {
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub async fn with(plan: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(plan.database.as_deref(), folder.path()).await.unwrap();
        let investigator = Arc::clone(&plan.investigator);
        let desk = Desk::open(store, plan.settings, plan.investigator, plan.notifiers).await.unwrap();
        let token = desk.admin_token().await.unwrap();
        let service = Service::new(Arc::clone(&desk), plan.fetch).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(async move {
            let stop = async {
                let _ = stopped.await;
            };
            service.run(listener, stop).await.unwrap();
        });
        // The workspace's client comes without one; here nothing is encrypted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { address, client, token, investigator, stop: Some(stop), served: Some(served), _folder: folder }
    }

    /// Ends it as a signal would, and waits until it has.
    pub async fn end(mut self) {
        drop(self.stop.take());
        self.served.take().unwrap().await.unwrap();
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends a signed message of the generic format.
    pub async fn send(&self, body: &Value) -> (u16, Value) {
        self.post("/webhook/generic/generic", &signed(&body.to_string(), &moment()), body.to_string()).await
    }

    pub async fn post(
        &self,
        path: &str,
        headers: &[(String, String)],
        body: impl Into<reqwest::Body>,
    ) -> (u16, Value) {
        let mut request =
            self.client.post(self.url(path)).body(body).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Asks the REST API as the administrator.
    pub async fn api(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        self.api_as(&self.token, method, path, body).await
    }

    pub async fn api_as(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = self.url(&format!("/api/v1{path}"));
        let mut request = self.client.request(method.parse().unwrap(), url).bearer_auth(token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Waits until something is so; a test must not wait for ever.
    pub async fn until<T, F: Future<Output = Option<T>>>(&self, what: &str, look: impl Fn() -> F) -> T {
        for _ in 0..400 {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{what}: it did not come");
    }

    /// Waits until an incident is assessed.
    pub async fn assessed(&self, incident: i64, passes: i64) -> Value {
        self.until("an assessment", || async {
            let (_, body) = self.api("GET", &format!("/incidents/{incident}"), None).await;
            (body["passes"].as_i64() >= Some(passes)).then_some(body)
        })
        .await
    }

    /// A page as the administrator sees it, with the session's cookie.
    pub async fn page(&self, session: &str, path: &str) -> (u16, String) {
        let request = self.client.get(self.url(path)).header("cookie", format!("butfor_session={session}"));
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Sends a form with the session's cookie.
    pub async fn form(&self, session: &str, path: &str, fields: &[(&str, &str)]) -> (u16, String, String) {
        let body =
            fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>();
        let request = self
            .client
            .post(self.url(path))
            .header("cookie", format!("butfor_session={session}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"));
        let answer = request.send().await.unwrap();
        let place =
            answer.headers().get("location").map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
        (answer.status().as_u16(), place, answer.text().await.unwrap())
    }

    /// Signs the administrator in: the session's secret, and what its forms carry.
    pub async fn sign_in(&self) -> (String, String) {
        let answer = self.post_sign_in(&self.token).await;
        assert_eq!(answer.status().as_u16(), 303, "{}", answer.text().await.unwrap());
        let session = cookie(&answer, "butfor_session");
        let (_, page) = self.page(&session, "/incidents").await;
        (session, csrf(&page))
    }

    /// Sends the sign-in form with a token.
    pub async fn post_sign_in(&self, token: &str) -> reqwest::Response {
        let page = self.client.get(self.url("/sign-in")).send().await.unwrap();
        let cookie = cookie(&page, "butfor_form");
        let csrf = csrf(&page.text().await.unwrap());
        let body = format!("csrf={}&token={}&next=/incidents", encoded(&csrf), encoded(token));
        self.client
            .post(self.url("/sign-in"))
            .header("cookie", format!("butfor_form={cookie}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap()
    }
}

pub fn cookie(answer: &reqwest::Response, name: &str) -> String {
    let cookies = answer.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap());
    let mut found = cookies.filter_map(|it| it.split(';').next()?.split_once('='));
    found.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).expect("a cookie")
}

pub fn csrf(page: &str) -> String {
    let at = page.find("name=\"csrf\" value=\"").expect("a form") + "name=\"csrf\" value=\"".len();
    page[at..].split('"').next().unwrap().to_owned()
}

pub fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The moment as senders write it.
pub fn moment() -> String {
    at(0)
}

/// The moment so many seconds from now.
pub fn at(seconds: i64) -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let text = Timestamp::from_seconds(i64::try_from(since).unwrap() + seconds).to_string();
    format!("{}.000Z", text.split(['.', 'Z']).next().unwrap())
}

/// Headers of the generic format for a body.
pub fn signed(body: &str, timestamp: &str) -> Vec<(String, String)> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{timestamp}:{body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    vec![
        ("x-amzn-event-timestamp".to_owned(), timestamp.to_owned()),
        ("x-amzn-event-signature".to_owned(), signature),
    ]
}

pub fn hex_mac(text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A message of the generic format about an alarm.
pub fn alarm(id: &str, name: &str, service: &str) -> Value {
    json!({
        "eventType": "incident", "incidentId": id, "action": "created", "priority": "HIGH",
        "title": format!("CloudWatch Alarm: {name}"), "description": "it went off", "timestamp": moment(), "service": service,
        "data": {"metadata": {"alarmName": name, "region": "us-east-1", "accountId": "111122223333", "newState": "ALARM"}},
    })
}

/// Finds what the test says, and notes what it was asked.
#[derive(Default)]
pub struct Scripted {
    pub orders: Mutex<Vec<Order>>,
    pub runs: AtomicUsize,
    /// How long it takes.
    pub takes: Duration,
    /// How often it breaks down before it works.
    pub panics: AtomicUsize,
    pub errors: AtomicUsize,
    /// What the causes affect, for correlation.
    pub explained: Mutex<Explained>,
}

impl Scripted {
    pub fn orders(&self) -> Vec<Order> {
        self.orders.lock().unwrap().clone()
    }
}

fn take(count: &AtomicUsize) -> bool {
    count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

impl Investigator for Scripted {
    fn investigate<'a>(
        &'a self,
        order: &'a Order,
        step: &'a (dyn Fn(Step<'_>) + Send + Sync),
    ) -> Investigating<'a> {
        Box::pin(async move {
            self.orders.lock().unwrap().push(order.clone());
            step(Step { done: 1, asked: 2, line: "ec2 DescribeRouteTables" });
            tokio::time::sleep(self.takes).await;
            if take(&self.panics) {
                panic!("as the test wants it");
            }
            if take(&self.errors) {
                return Err("as the test wants it".to_owned());
            }
            self.runs.fetch_add(1, Ordering::SeqCst);
            Ok(found(order, self.explained.lock().unwrap().clone()))
        })
    }

    fn assess(&self, _bundle: &[u8]) -> Option<Assessment> {
        Some(assessment("again"))
    }

    fn evidence(&self, _bundle: &[u8], digest: &str) -> Option<Document> {
        (digest == "00000000000000000000000000000001").then(|| Document {
            service: "ec2".to_owned(),
            operation: "DescribeRouteTables".to_owned(),
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            parameters: "{}".to_owned(),
            at: None,
            body: json!({"RouteTables": [{"RouteTableId": "rtb-1", "Note": "<script>alert(1)</script>"}]})
                .to_string(),
        })
    }

    fn calls(&self, _bundle: &[u8]) -> Vec<Call> {
        Vec::new()
    }
}

fn found(order: &Order, explained: Explained) -> Found {
    let bundle = serde_json::to_vec(&order.alerts).unwrap();
    let mut of = assessment(&format!("pass {}", order.pass));
    of.incident.title = order.asked.details.clone();
    Found {
        assessment: of,
        picture: Picture::default(),
        explained,
        dependencies: Dependencies::default(),
        bundle,
        as_of: Timestamp::from_seconds(1_777_000_000),
        warnings: Vec::new(),
    }
}

pub fn assessment(summary: &str) -> Assessment {
    let cites = Cites::one(evidence().id());
    let cause = Cause {
        headline: format!("route removed ({summary})"),
        grade: Grade::Proven,
        defect: "route-missing".to_owned(),
        resource: ResourceRef {
            kind: "AWS::EC2::RouteTable".to_owned(),
            id: "rtb-1".to_owned(),
            arn: None,
            name: Some("main".to_owned()),
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
        },
        component: "0.0.0.0/0".to_owned(),
        code: None,
        change: None,
        change_note: String::new(),
        together_with: Vec::new(),
        affected: Vec::new(),
        explains: None,
        cites,
    };
    Assessment {
        incident: Incident { id: "i".to_owned(), title: String::new(), alerts: Vec::<Alert>::new() },
        as_of: Timestamp::from_seconds(1_777_000_000),
        verdict: Verdict {
            outcome: Outcome::RootCause,
            summary: format!("a route was removed ({summary})"),
            intentional: Intentional::default(),
        },
        symptoms: Vec::new(),
        root_causes: vec![cause],
        contributing: Vec::new(),
        competing: Vec::new(),
        ruled_out: Vec::new(),
        unaffected: Vec::new(),
        accounting: None,
        plan: Plan { status: PlanStatus::Verified, reason: String::new(), steps: Vec::new(), proof: None },
        timeline: Vec::new(),
        gaps: Vec::new(),
        evidence: vec![evidence()],
        stats: Stats::default(),
    }
}

fn evidence() -> butfor_incident::Evidence {
    let query = butfor_incident::Query {
        account: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        service: "ec2".to_owned(),
        operation: "DescribeRouteTables".to_owned(),
        parameters: "{}".into(),
    };
    butfor_incident::Evidence::new(query, None, butfor_incident::Body::Call("{}".into()))
}

/// No way out.
pub struct Nowhere;

impl Fetch for Nowhere {
    fn get<'a>(&'a self, _url: &'a str, _bytes_max: usize) -> Fetched<'a> {
        Box::pin(async { Err("no way out".to_owned()) })
    }

    fn post_form<'a>(
        &'a self,
        _url: &'a str,
        _form: &'a [(String, String)],
        _basic: Option<(&'a str, &'a str)>,
        _bytes_max: usize,
    ) -> Fetched<'a> {
        Box::pin(async { Err("no way out".to_owned()) })
    }
}

/// Answers from a table: address, or address and form field, to text.
pub struct Canned(pub Mutex<BTreeMap<String, String>>, pub Mutex<Vec<String>>);

impl Canned {
    pub fn new(pages: &[(&str, String)]) -> Self {
        let pages = pages.iter().map(|(url, text)| ((*url).to_owned(), text.clone())).collect();
        Self(Mutex::new(pages), Mutex::default())
    }

    fn answer(&self, url: &str) -> Result<Vec<u8>, String> {
        self.1.lock().unwrap().push(url.to_owned());
        let pages = self.0.lock().unwrap();
        pages.get(url).map(|text| text.clone().into_bytes()).ok_or_else(|| format!("nothing at {url}"))
    }
}

impl Fetch for Canned {
    fn get<'a>(&'a self, url: &'a str, _bytes_max: usize) -> Fetched<'a> {
        Box::pin(async move { self.answer(url) })
    }

    fn post_form<'a>(
        &'a self,
        url: &'a str,
        _form: &'a [(String, String)],
        _basic: Option<(&'a str, &'a str)>,
        _bytes_max: usize,
    ) -> Fetched<'a> {
        Box::pin(async move { self.answer(url) })
    }
}
