/* Subcommands of `agentos db` that have files of their own. Each returns the exit code. */
#ifndef CLI_DB_H
#define CLI_DB_H

int db_adopt_command(int argc, char **argv);   /* cmd_db_adopt.c */
int db_purge_command(int argc, char **argv);   /* cmd_db_purge.c */
int db_restore_command(int argc, char **argv); /* cmd_db_restore.c */

#endif
