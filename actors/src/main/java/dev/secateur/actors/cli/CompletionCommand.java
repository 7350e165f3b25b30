package dev.secateur.actors.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code secateur completion}: what makes a shell complete commands and options. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = {
      "Prints a script that completes commands, options and their values in bash and zsh.",
      "For one shell: source <(secateur completion)",
      "For all shells of a user: the same line in ~/.bashrc or ~/.zshrc.",
      "For all users: secateur completion > /etc/bash_completion.d/secateur"
    })
final class CompletionCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().getOut().print(AutoComplete.bash("secateur", Main.commandLine()));
  }
}
