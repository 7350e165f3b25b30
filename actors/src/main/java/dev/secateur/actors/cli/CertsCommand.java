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
        "Makes a private authority in a folder where there is none, and a certificate for each host.",
        "Each node needs truststore.p12, password and its own node-HOST.p12, in secateur.tls.folder;"
            + " clients need ca.crt. Keep ca.p12 apart: whoever has it can join."
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
      Certificates.init(folder, hosts);
      PrintWriter out = spec.commandLine().getOut();
      out.println(folder.toAbsolutePath().normalize());
      out.flush();
      return 0;
    }
  }
}
