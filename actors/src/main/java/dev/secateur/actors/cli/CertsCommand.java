package dev.secateur.actors.cli;

import dev.secateur.actors.node.Certificates;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur certs}: certificates of a cluster's nodes. */
@Command(
    name = "certs",
    mixinStandardHelpOptions = true,
    description = "Makes the certificates that nodes of a cluster trust each other by.",
    subcommands = CertsCommand.Init.class,
    synopsisSubcommandLabel = "COMMAND")
final class CertsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "Missing required subcommand: init");
  }

  @Command(
      name = "init",
      mixinStandardHelpOptions = true,
      description = {
        "Makes a private authority in a folder where there is none, and in it a folder for each"
            + " host, which is brought there and is its secateur.tls.folder. Its certificate is"
            + " good for localhost too.",
        "Clients need ca.crt. The folder 'authority' stays where it is: whoever has it can join."
      })
  static final class Init implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "DIR", description = "The folder.")
    private Path folder;

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "HOST",
        description = "Names or addresses that nodes are known by.")
    private List<String> hosts;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      List<Path> made = Certificates.init(folder, hosts);
      PrintWriter out = spec.commandLine().getOut();
      made.forEach(out::println);
      out.flush();
      PrintWriter talk = spec.commandLine().getErr();
      talk.println(
          "bring each to its host, as secateur.tls.folder; clients need "
              + folder.resolve(Certificates.CERTIFICATE));
      talk.println(
          folder.resolve(Certificates.AUTHORITY)
              + " stays here: whoever has it can join the cluster");
      talk.flush();
      return 0;
    }
  }
}
