//! Our own scenarios, numbered from 101. Slugs name the application, never the fault.

mod access_caller;
mod access_endpoint;
mod access_layers;
mod access_more;
mod access_resource;
mod access_role;
mod acl;
mod connect;
mod database;
mod front;
mod group;
mod more;
mod route;
mod software;
mod state;

use super::story::Story;

/// A scenario: number, slug, what happens.
type Entry = (u16, &'static str, fn(&mut Story));

/// Every scenario of ours. A number is never used for another one.
pub(super) const STORIES: &[Entry] = &[
    (101, "orders-database", acl::entry_added),
    (102, "orders-database-b", acl::entry_deleted),
    (103, "orders-database-c", acl::reply_ports),
    (104, "parcel-calls", route::nat_deleted),
    (105, "parcel-calls-b", route::nat_in_private_subnet),
    (106, "parcel-calls-c", route::egress_removed),
    (107, "parcel-calls-d", route::association_replaced),
    (108, "parcel-calls-e", route::never_had_route),
    (109, "parcel-calls-f", route::ipv6_route_deleted),
    (110, "parcel-calls-g", route::public_access_blocked),
    (111, "catalog-search", connect::peering_deleted),
    (112, "catalog-search-b", connect::return_route_deleted),
    (113, "catalog-search-c", connect::peer_not_described),
    (114, "ledger-index", connect::wrong_association),
    (115, "ledger-index-b", connect::static_blackhole),
    (116, "ledger-index-c", connect::zone_without_attachment),
    (117, "ledger-index-d", connect::propagation_disabled),
    (118, "vault-secrets", front::dns_switched_off),
    (119, "cart-database", group::rule_edited),
    (120, "cart-database-b", group::list_entry_removed),
    (121, "cart-database-c", group::groups_swapped),
    (122, "cart-database-d", acl::two_blockers),
    (123, "cart-services", group::two_faults),
    (124, "cart-database-e", state::recovered),
    (125, "cart-database-f", state::application_error),
    (126, "cart-database-g", group::nearer_decoy),
    (127, "cart-database-h", group::not_yet_delivered),
    (128, "web-front", front::target_rule_removed),
    (129, "web-front-b", front::targets_deregistered),
    (130, "batch-calls", front::firewall_drops),
    (131, "cart-database-i", group::intended_isolation),
    (132, "fares-calls", more::route_replaced),
    (133, "fares-calls-b", more::internet_gateway_detached),
    (134, "fares-database", more::acl_association_replaced),
    (135, "fares-database-b", more::instance_groups_changed),
    (136, "fares-database-c", more::acl_entry_unknown),
    (137, "fares-calls-c", more::nat_deleted_unseen),
    (138, "fares-database-d", more::rule_unknown),
    (139, "cart-calls", state::partner_outage),
    (140, "cart-calls-b", state::change_after_symptom),
    (141, "media-buckets", access_endpoint::buckets_cut),
    (142, "media-buckets-b", access_endpoint::buckets_cut_unseen),
    (143, "media-buckets-c", access_endpoint::buckets_cut_untrailed),
    (144, "claims-files", access_endpoint::buckets_denied),
    (145, "tickets-lookup", access_role::role_swapped),
    (146, "tickets-lookup-b", access_role::role_swapped_to_basic),
    (147, "loyalty-settings", access_role::policy_detached),
    (148, "loyalty-settings-b", access_role::policy_detached_unseen),
    (149, "notify-queue", access_role::boundary_added),
    (150, "invoice-documents", access_layers::control_policy_on_unit),
    (151, "invoice-documents-b", access_layers::control_policy_on_account),
    (152, "survey-uploads", access_resource::other_endpoint_demanded),
    (153, "survey-uploads-b", access_resource::other_account_left_out),
    (154, "pension-statements", access_resource::key_policy_replaced),
    (155, "pension-statements-b", access_resource::key_of_secret),
    (156, "rates-publisher", access_layers::version_created),
    (157, "rates-publisher-b", access_layers::version_set_back),
    (158, "bookings-archive", access_more::policies_not_readable),
    (159, "bookings-archive-b", access_more::organization_not_recorded),
    (160, "weather-cache", access_more::alarm_by_hand),
    (161, "claims-files-b", access_endpoint::buckets_back),
    (162, "network-stack", access_more::deployment_never_allowed),
    (163, "pension-statements-c", access_resource::role_made_anew),
    (164, "pension-statements-d", access_resource::key_policy_replaced_unseen),
    (165, "media-buckets-d", access_endpoint::buckets_cut_bare),
    (166, "claims-files-c", access_endpoint::endpoint_seems_open),
    (167, "tickets-lookup-c", access_role::role_swapped_untrailed),
    (168, "tickets-lookup-d", access_role::two_functions),
    (169, "depot-messages", access_caller::interface_endpoint_narrowed),
    (170, "depot-messages-b", access_caller::role_untagged),
    (171, "depot-messages-c", access_caller::profile_replaced),
    (172, "weather-cache-b", access_more::throttled_not_denied),
    (173, "bookings-archive-c", access_more::narrowed_after_symptom),
    (180, "checkout-quotes", software::function_code),
    (181, "checkout-quotes-b", software::code_after_failure),
    (182, "parcel-tracker", software::service_revision),
    (183, "parcel-tracker-b", software::nothing_new),
    (184, "venue-seats", software::limit_cut),
    (185, "ledger-store", database::storage_full),
    (186, "ledger-store-b", database::connections_taken),
    (187, "ledger-store-c", database::healthy),
    (188, "cart-database-j", group::port_moved),
];
