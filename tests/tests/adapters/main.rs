//! The servers of all adapters over real sockets: the same tests, one after the other.
//!
//! What one client does, and gets back, is told by the scenarios (`tests/scenarios/`); here is the rest: several clients and
//! who waits for whom, stops, listeners, observers.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod exchanges;
mod exchanging;
mod layers;
mod paths;
mod room;
mod running;
mod serving;
mod stopping;
#[path = "../common/tls.rs"]
mod tls;

use exchanging::*;
use layers::*;
use paths::*;
use room::*;
use running::Adapter;
use serving::*;
use stopping::*;

/// Runs each test on each adapter.
macro_rules! on_every_adapter {
    ($($test:ident,)+) => {
        on_every_adapter! { @each Std on_std [$($test)+] }
        on_every_adapter! { @each Tokio on_tokio [$($test)+] }
        on_every_adapter! { @each Smol on_smol [$($test)+] }
    };
    (@each $adapter:ident $module:ident [$($test:ident)+]) => {
        mod $module {
            $(
                #[test]
                fn $test() {
                    super::$test(super::Adapter::$adapter);
                }
            )+
        }
    };
}

on_every_adapter! {
    pipelined_requests_are_answered_in_order,
    t45_a_slow_head_is_cut_while_others_are_served,
    t59_a_strict_writer_reads_the_early_413,
    connections_beyond_the_cap_wait,
    t49_an_idle_connection_makes_room,
    t49_silent_connections_make_room,
    a_full_server_closes_nobody_in_the_middle,
    a_thousand_silent_connections_delay_nobody,
    slow_handlers_delay_nobody_else,
    a_graceful_stop_answers_what_has_begun,
    a_stop_at_once_cuts_off,
    a_graceful_stop_has_an_end,
    a_graceful_stop_waits_for_an_exchange,
    a_stop_at_once_ends_an_exchange,
    a_response_that_is_cut_off_does_not_end_as_if_it_were_whole,
    a_request_that_has_come_is_answered_by_one_that_makes_room,
    m22_one_request_is_served_and_told_of,
    a_stopped_server_serves_not_even_one,
    one_request_that_does_not_come_is_not_waited_for,
    a_listener_that_fails_is_told_of_and_stops_no_other,
    several_listeners_share_one_server,
    the_observer_sees_answers_and_refusals,
    every_connection_is_told_of_to_its_end,
    m3_a_path_is_listened_at,
    m21_a_server_lends_its_socket,
    m28_a_handler_is_told_of_its_server,
    a_path_that_is_no_socket_is_left_alone,
    t47_content_that_nobody_reads_is_not_made_twice,
    more_content_than_may_be_collected_is_a_413,
    a_secured_connection_persists,
    large_content_is_secured_both_ways,
    a_file_is_secured,
    one_who_does_not_speak_tls_is_told_to,
    t45_a_handshake_has_the_time_of_a_head,
    a_proxy_says_for_whom_it_connects,
    a_proxy_that_says_nothing_is_not_served,
    a_stranger_cannot_say_for_whom_it_connects,
    a_proxy_may_connect_for_a_secured_client,
    a_port_is_shared,
    t45_octets_of_tls_buy_no_time,
    a_large_request_without_tls_is_told_too,
    m25_who_is_not_admitted_is_closed,
    one_listener_takes_both_families,
}
