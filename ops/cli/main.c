/* SPDX-License-Identifier: Apache-2.0 */
/* emis: the operators' command line. */
#include "ops/cli/command.h"

int main(int argc, char **argv)
{
    return cli_command_main(argc, argv);
}
