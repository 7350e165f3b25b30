package dev.secateur.actors.cli;

import dev.secateur.natives.Natives;
import dev.secateur.natives.RememberedNatives;
import dev.secateur.protocol.InputException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;

/** Before a command that may compute, tells the engine which natives to use. */
final class NativesStart implements CommandLine.IExecutionStrategy {
  @Override
  public int execute(CommandLine.ParseResult parsed) {
    List<CommandLine> commands = parsed.asCommandLineList();
    CommandLine last = commands.get(commands.size() - 1);
    if (!last.isUsageHelpRequested() && !last.isVersionHelpRequested()) {
      last.getCommandSpec().mixins().values().stream()
          .map(CommandLine.Model.CommandSpec::userObject)
          .filter(NodeOptions.class::isInstance)
          .map(NodeOptions.class::cast)
          .findFirst()
          .ifPresent(options -> use(options, last));
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  private static void use(NodeOptions options, CommandLine command) {
    Optional<String> chosen = Natives.chosen();
    if (chosen.isPresent()) {
      Natives.findRuntimeBeside(chosen.get());
      return;
    }
    try {
      RememberedNatives remembered = options.natives();
      Optional<Natives> natives = remembered.read();
      if (natives.filter(Natives::isThere).isPresent()) {
        natives.get().apply();
      } else if (natives.isPresent()) {
        throw new InputException(
            "the native libraries that "
                + remembered.file()
                + " names no longer exist: "
                + natives.get().library()
                + "; 'secateur natives install' looks for others, 'secateur natives remove'"
                + " goes back to the built-in ones");
      }
    } catch (InputException e) {
      if (!(command.getCommand() instanceof DoctorCommand)) { // who tells it among the rest
        throw new CommandLine.ExecutionException(command, e.getMessage(), e);
      }
    }
  }
}
