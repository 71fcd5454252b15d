/* SPDX-License-Identifier: Apache-2.0 */
/* mock-broker: librdkafka's mock cluster in a process of its own, for a demonstration without Java.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/settings.h"
#include "lib/kafka/mock.h"
#include "ops/cli/commands.h"

bool cli_mock_broker_run(struct cli_context *cli, struct emis_error *err)
{
    int partitions = (int) emis_settings_number(cli->settings, "topics", "partitions");
    struct kafka_mock *mock;
    sigset_t wanted;
    int found;

    /* Blocked before the cluster's threads start, so that they inherit it and only we take the
     * signals. */
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    if (!kafka_mock_new(1, emis_settings_text(cli->settings, "topics", "submissions"), partitions,
                        &mock, err)) {
        return false;
    }
    printf("%s\n", kafka_mock_bootstrap(mock));
    fflush(stdout);
    cli_context_say(cli, "a mock broker: it keeps 5 MiB a partition, in memory, and nothing after "
                         "its end; stop it by SIGTERM");
    (void) sigwait(&wanted, &found);
    kafka_mock_free(mock);
    return true;
}
