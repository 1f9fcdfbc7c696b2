//! What a diff does to queries, schemas, caches and batches.

use super::guard::call_names;
use super::{EffectKind as K, Found, Whole};

/// Words that bound how much a query or a call brings.
const BOUNDS: &[&str] = &[
    "limit ",
    "limit(",
    ".limit",
    "where ",
    "where(",
    ".where",
    "take(",
    "first(",
    "top(",
    "maxresults",
    "max_results",
    "page_size",
    "pagesize",
    "per_page",
    "fetch first",
    "maxentries",
    "max_entries",
    "maxsize",
    "max_size",
    "offset",
    "paginate",
    "[:",
    "slice(",
    "rownum",
    "maxitems",
    "max_items",
    "time_range",
    "since",
    "between ",
    "islice",
    "head(",
    "partition by",
];
/// Words of work done once for many, or kept for later.
const SHORTCUTS: &[&str] = &[
    "batch",
    "bulk",
    "chunk",
    "cache",
    "memo",
    "preload",
    "prefetch",
    "select_related",
    "joinedload",
    "eager",
    "includes(",
    "dataloader",
    "singleflight",
    "index",
    "lru",
    "any($",
    " in (",
    "= any",
    "multiget",
    "mget",
    "pipeline",
    "executemany",
    "join ",
    "compress",
    "gzip",
    "pool",
];
/// Calls to databases and other services.
const REMOTE: &[&str] = &[
    "query",
    "queryrow",
    "exec",
    "execute",
    "find",
    "findone",
    "findby",
    "fetch",
    "getitem",
    "putitem",
    "updateitem",
    "insert",
    "select",
    "load",
    "lookup",
    "send",
    "publish",
    "post",
    "request",
    "invoke",
    "do",
    "call",
    "getbyid",
    "scan",
    "get",
];

pub(super) fn read(found: &mut Found<'_, '_>, whole: &Whole) {
    bounds(found, whole);
    per_item(found);
    schema(found, whole);
    queries(found, whole);
}

fn bounds(found: &mut Found<'_, '_>, whole: &Whole) {
    let added = whole.added.to_lowercase();
    let context = whole.context.to_lowercase();
    for removed in &found.block.removed {
        let lower = removed.to_lowercase();
        let gone = |list: &[&str]| {
            list.iter().any(|word| {
                lower.contains(word) && !added.contains(word.trim_end_matches('(')) && !context.contains(word)
            })
        };
        if gone(BOUNDS) && !found.block.removed.iter().all(|line| line.to_lowercase().starts_with("import")) {
            let is_sql = ["limit", "where", "select", "order by"].iter().any(|word| lower.contains(word));
            found.add(K::BoundRemoved, if is_sql { 1.0 } else { 0.7 }, removed, '-');
        }
        if gone(SHORTCUTS) && !lower.starts_with("import") {
            found.add(K::ShortcutRemoved, 0.8, removed, '-');
        }
    }
    for line in &found.block.added {
        let lower = line.to_lowercase();
        let skips = [
            "no-cache",
            "nocache",
            "no_cache",
            "cache: false",
            "cache=false",
            "bypass",
            "skipcache",
            "skip_cache",
            "disablecache",
            "use_cache=false",
            "cache_enabled: false",
            "no-store",
        ];
        if skips.iter().any(|word| lower.contains(word)) {
            found.add(K::ShortcutRemoved, 0.9, line, '+');
        }
    }
}

/// A call to another system in a loop that is new, or for which a batch went.
fn per_item(found: &mut Found<'_, '_>) {
    let block = found.block;
    let loops = |line: &String| {
        let line = line.trim();
        line.starts_with("for ")
            || line.starts_with("for(")
            || line.contains(".forEach")
            || line.contains(".map(")
            || line.contains(".each")
            || line.starts_with("foreach")
            || line.starts_with("while")
    };
    let Some(at) = block.added.iter().position(loops) else {
        // The loop may stand in the unchanged part.
        let around = block.context.iter().any(loops);
        let call = block.added.iter().find(|line| is_remote(line));
        if let (true, Some(line)) = (around, call)
            && !block.removed.iter().any(|line| is_remote(line))
        {
            found.add(K::PerItem, 0.6, line, '+');
        }
        return;
    };
    let Some(call) = block.added.iter().skip(at).find(|line| is_remote(line)) else { return };
    let removed = block.removed_text().to_lowercase();
    let was_batch = SHORTCUTS.iter().any(|word| removed.contains(word));
    let was_loop = block.removed.iter().any(loops) && block.removed.iter().any(|line| is_remote(line));
    let severity = if was_batch {
        1.0
    } else if was_loop {
        0.3
    } else {
        0.8
    };
    found.add(K::PerItem, severity, call, '+');
}

fn is_remote(line: &str) -> bool {
    call_names(line).iter().any(|name| {
        let lower = name.to_lowercase();
        REMOTE.iter().any(|word| lower == *word || (word.len() > 4 && lower.starts_with(word)))
    })
}

fn schema(found: &mut Found<'_, '_>, whole: &Whole) {
    for line in &found.block.added {
        let lower = line.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if has(&["drop index", "remove_index", "dropindex"]) {
            found.add(K::ShortcutRemoved, 1.0, line, '+');
        } else if has(&[
            "drop table",
            "drop column",
            "rename column",
            "rename to",
            "remove_column",
            "drop_table",
            "rename_column",
        ]) {
            found.add(K::SchemaChanged, 1.0, line, '+');
        } else if has(&["create index", "add_index", "createindex"]) {
            let online = whole.added.to_lowercase().contains("concurrently") || lower.contains("online");
            found.add(K::SchemaChanged, if online { 0.1 } else { 0.7 }, line, '+');
        } else if has(&[
            "alter table",
            "add column",
            "add constraint",
            "alter column",
            "not null",
            "lock table",
            "add_column",
        ]) {
            found.add(K::SchemaChanged, 0.8, line, '+');
        }
    }
    for line in &found.block.removed {
        let lower = line.to_lowercase();
        if (lower.contains("create index") || lower.contains("index=true") || lower.contains("db_index"))
            && !whole.added.to_lowercase().contains("index")
        {
            found.add(K::ShortcutRemoved, 1.0, line, '-');
        }
    }
}

fn queries(found: &mut Found<'_, '_>, whole: &Whole) {
    let before = whole.removed.to_lowercase();
    for line in &found.block.added {
        let lower = line.to_lowercase();
        let is_query = ["select ", "insert into", "update ", "delete from", " from ", " join "]
            .iter()
            .filter(|word| lower.contains(**word))
            .count()
            >= 1
            && (lower.contains("select ")
                || lower.contains("insert into")
                || lower.contains("delete from")
                || lower.contains(" join ")
                || lower.contains(" set "));
        if is_query && !before.contains("select") && !before.contains("insert into") {
            found.add(K::QueryAdded, 0.6, line, '+');
        }
        let leading_wildcard = lower.contains("like '%")
            || lower.contains("ilike")
            || lower.contains("lower(") && lower.contains("where")
            || lower.contains("order by rand");
        if leading_wildcard && !before.contains("like '%") {
            found.add(K::BoundRemoved, 0.8, line, '+');
        }
    }
}
