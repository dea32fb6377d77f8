//! The servers of all adapters over real sockets: the same tests, one after the other.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod exchanges;
mod exchanging;
mod layers;
mod paths;
mod room;
mod running;
mod serving;
mod stopping;

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
    a_connection_persists,
    pipelined_requests_are_answered_in_order,
    t58_a_panic_is_a_500_and_harms_nobody,
    t60_a_half_closed_client_is_answered,
    t45_a_slow_head_is_cut_while_others_are_served,
    t45_a_silent_connection_is_closed_without_an_answer,
    an_idle_connection_is_closed,
    t59_a_strict_writer_reads_the_early_413,
    t24_nothing_after_an_error_is_answered,
    connections_beyond_the_cap_wait,
    t49_an_idle_connection_makes_room,
    t49_silent_connections_make_room,
    a_thousand_silent_connections_delay_nobody,
    slow_handlers_delay_nobody_else,
    a_graceful_stop_answers_what_has_begun,
    a_stop_at_once_cuts_off,
    a_graceful_stop_has_an_end,
    a_graceful_stop_waits_for_an_exchange,
    a_stop_at_once_ends_an_exchange,
    m22_one_request_is_served_and_told_of,
    a_stopped_server_serves_not_even_one,
    several_listeners_share_one_server,
    the_observer_sees_answers_and_refusals,
    every_connection_is_told_of_to_its_end,
    m3_a_path_is_listened_at,
    a_path_that_is_no_socket_is_left_alone,
    t47_content_that_nobody_reads_is_not_made_twice,
    content_is_taken_as_it_comes,
    content_of_both_directions_is_in_memory_in_parts_only,
    content_is_sent_as_it_is_made,
    trailers_go_both_ways,
    an_informational_response_is_sent_at_once,
    t22_content_that_is_not_wanted_is_not_asked_for,
    t57_a_handler_that_does_not_answer_is_a_500,
    t57_a_response_that_is_not_finished_is_cut_off,
    t23_a_connection_speaks_another_protocol,
    a_fault_in_content_is_answered_for_the_handler,
    more_content_than_may_be_collected_is_a_413,
    a_secured_connection_persists,
    large_content_is_secured_both_ways,
    a_file_is_secured,
    a_secured_connection_speaks_another_protocol,
    one_who_does_not_speak_tls_is_told_to,
    t45_a_handshake_has_the_time_of_a_head,
    a_proxy_says_for_whom_it_connects,
    a_proxy_that_says_nothing_is_not_served,
    a_stranger_cannot_say_for_whom_it_connects,
    a_proxy_may_connect_for_a_secured_client,
    a_port_is_shared,
    one_listener_takes_both_families,
}
