/* What an answer means: the table of net/retry, row by row. */
#include "unit.h"

#include "net/retry.h"

#define NONE (-1)

static const struct {
	enum http_outcome outcome;
	int status;
	int64_t retry_after;
	int also[3]; /* the statuses that are accepted besides */
	enum retry_verdict repeatable, once;
} rows[] = {
    {HTTP_ANSWERED, 200, NONE, {0}, RETRY_ACCEPT, RETRY_ACCEPT},
    {HTTP_ANSWERED, 201, NONE, {0}, RETRY_ACCEPT, RETRY_ACCEPT},
    {HTTP_ANSWERED, 299, NONE, {0}, RETRY_ACCEPT, RETRY_ACCEPT},
    {HTTP_ANSWERED, 100, NONE, {0}, RETRY_GIVE_UP, RETRY_GIVE_UP},
    {HTTP_ANSWERED, 301, NONE, {0}, RETRY_GIVE_UP, RETRY_GIVE_UP},
    {HTTP_ANSWERED, 400, NONE, {0}, RETRY_GIVE_UP, RETRY_GIVE_UP},
    {HTTP_ANSWERED, 401, NONE, {0}, RETRY_GIVE_UP, RETRY_GIVE_UP},
    {HTTP_ANSWERED, 403, NONE, {0}, RETRY_GIVE_UP, RETRY_GIVE_UP},
    {HTTP_ANSWERED, 404, NONE, {0}, RETRY_GIVE_UP, RETRY_GIVE_UP},
    {HTTP_ANSWERED, 404, NONE, {404}, RETRY_ACCEPT, RETRY_ACCEPT},
    {HTTP_ANSWERED, 408, NONE, {0}, RETRY_AGAIN, RETRY_LOOK},
    {HTTP_ANSWERED, 404, NONE, {409}, RETRY_GIVE_UP, RETRY_GIVE_UP},
    {HTTP_ANSWERED, 409, NONE, {0}, RETRY_GIVE_UP, RETRY_GIVE_UP},
    {HTTP_ANSWERED, 409, NONE, {404}, RETRY_GIVE_UP, RETRY_GIVE_UP},
    {HTTP_ANSWERED, 409, NONE, {409}, RETRY_ACCEPT, RETRY_ACCEPT},
    {HTTP_ANSWERED, 423, NONE, {409, 423}, RETRY_ACCEPT, RETRY_ACCEPT},
    {HTTP_NO_ANSWER, 0, NONE, {409}, RETRY_AGAIN, RETRY_LOOK},
    {HTTP_ANSWERED, 413, NONE, {0}, RETRY_GIVE_UP, RETRY_GIVE_UP},
    {HTTP_ANSWERED, 429, NONE, {0}, RETRY_AGAIN, RETRY_AGAIN},
    {HTTP_ANSWERED, 429, 5000, {0}, RETRY_AGAIN, RETRY_AGAIN},
    {HTTP_ANSWERED, 500, NONE, {0}, RETRY_AGAIN, RETRY_LOOK},
    {HTTP_ANSWERED, 502, NONE, {0}, RETRY_AGAIN, RETRY_LOOK},
    {HTTP_ANSWERED, 503, NONE, {0}, RETRY_AGAIN, RETRY_LOOK},
    {HTTP_ANSWERED, 503, 5000, {0}, RETRY_AGAIN, RETRY_AGAIN},
    {HTTP_ANSWERED, 504, 5000, {0}, RETRY_AGAIN, RETRY_LOOK},
    {HTTP_ANSWERED, 599, NONE, {0}, RETRY_AGAIN, RETRY_LOOK},
    {HTTP_ANSWERED, 600, NONE, {0}, RETRY_GIVE_UP, RETRY_GIVE_UP},
    {HTTP_NOT_SENT, 0, NONE, {0}, RETRY_AGAIN, RETRY_AGAIN},
    {HTTP_NO_ANSWER, 0, NONE, {0}, RETRY_AGAIN, RETRY_LOOK},
    {HTTP_UNTRUSTED, 0, NONE, {0}, RETRY_GIVE_UP, RETRY_GIVE_UP},
    {HTTP_TOO_BIG, 0, NONE, {0}, RETRY_GIVE_UP, RETRY_LOOK},
    {HTTP_LOCAL, 0, NONE, {0}, RETRY_GIVE_UP, RETRY_GIVE_UP},
};

static void
each_answer_has_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct http_response response = {.outcome = rows[i].outcome,
		    .status = rows[i].status,
		    .retry_after_ms = rows[i].retry_after};
		struct http_request request = {.answers = rows[i].also};

		assert_int_equal(
		    retry_judge(&request, &response, 1), rows[i].repeatable);
		request.once = true;
		assert_int_equal(
		    retry_judge(&request, &response, 1), rows[i].once);
	}
}

static void
errors_end_after_three_tries_but_patience_does_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct http_response response = {.outcome = rows[i].outcome,
		    .status = rows[i].status,
		    .retry_after_ms = rows[i].retry_after};
		struct http_request request = {.answers = rows[i].also};
		bool again = rows[i].repeatable == RETRY_AGAIN;

		assert_int_equal(
		    retry_judge(&request, &response, 2), rows[i].repeatable);
		assert_int_equal(retry_judge(&request, &response, RETRY_TRIES),
		    again && rows[i].retry_after == NONE ? RETRY_GIVE_UP
							 : rows[i].repeatable);
	}
}

static void
what_ages_is_looked_at_instead_of_sent_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct http_response response = {.outcome = rows[i].outcome,
		    .status = rows[i].status,
		    .retry_after_ms = rows[i].retry_after};
		struct http_request request = {
		    .ages = true, .answers = rows[i].also};
		enum retry_verdict verdict = rows[i].repeatable;

		assert_int_equal(retry_judge(&request, &response, 1),
		    verdict == RETRY_AGAIN ? RETRY_LOOK : verdict);
	}
}

static void
a_useless_success_is_a_lost_answer(void **state)
{
	struct http_request request = {0};

	(void)state;
	assert_int_equal(retry_judge_unusable(&request, 1), RETRY_AGAIN);
	assert_int_equal(
	    retry_judge_unusable(&request, RETRY_TRIES), RETRY_GIVE_UP);
	request.ages = true;
	assert_int_equal(retry_judge_unusable(&request, 1), RETRY_LOOK);
	request = (struct http_request){.once = true};
	assert_int_equal(retry_judge_unusable(&request, 1), RETRY_LOOK);
	assert_int_equal(
	    retry_judge_unusable(&request, RETRY_TRIES), RETRY_LOOK);
}

static void
delays_grow_are_spread_and_obey_the_server(void **state)
{
	static const struct {
		unsigned tries;
		int64_t retry_after;
		double jitter;
		int64_t delay;
	} delays[] = {
	    {1, NONE, 0, 50},
	    {1, NONE, 0.5, 250},
	    {1, NONE, 1, 500},
	    {2, NONE, 1, 1000},
	    {5, NONE, 1, 8000},
	    {60, NONE, 1, 8000},
	    {1, 7000, 1, 7000},
	    {5, 1, 1, 8000},
	    {1, 0, 0, 50},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(delays); i++)
		assert_int_equal(retry_delay_ms(delays[i].tries,
				     delays[i].retry_after, delays[i].jitter),
		    delays[i].delay);
}

static void
each_pace_starts_grows_and_ends_as_it_should(void **state)
{
	static const struct {
		enum retry_pace pace;
		int64_t first, second, most;
	} table[] = {
	    {RETRY_PACE_TASK, 100, 125, 5000},
	    {RETRY_PACE_TASKS, 500, 625, 5000},
	    {RETRY_PACE_LOOK, 1000, 1250, 5000},
	    {RETRY_PACE_LOCK, 1000, 1250, 5000},
	    {RETRY_PACE_IN_USE, 1000, 1000, 1000},
	    {RETRY_PACE_PROBE, 100, 125, 5000},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(table); i++) {
		enum retry_pace pace = table[i].pace;

		assert_int_equal(
		    retry_pause_ms(pace, 0, 0), table[i].first * 8 / 10);
		assert_int_equal(retry_pause_ms(pace, 0, 0.5), table[i].first);
		assert_int_equal(
		    retry_pause_ms(pace, 0, 1), table[i].first * 12 / 10);
		assert_int_equal(retry_pause_ms(pace, 1, 0.5), table[i].second);
		for (unsigned n = 1; n < 50; n++)
			assert_true(retry_pause_ms(pace, n, 0.5) >=
				    retry_pause_ms(pace, n - 1, 0.5));
		assert_int_equal(
		    retry_pause_ms(pace, 1000, 0.5), table[i].most);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_answer_has_its_verdict),
	    cmocka_unit_test(
		errors_end_after_three_tries_but_patience_does_not),
	    cmocka_unit_test(what_ages_is_looked_at_instead_of_sent_again),
	    cmocka_unit_test(a_useless_success_is_a_lost_answer),
	    cmocka_unit_test(delays_grow_are_spread_and_obey_the_server),
	    cmocka_unit_test(each_pace_starts_grows_and_ends_as_it_should),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
