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
    description = "Creates the TLS certificates that cluster nodes use to trust each other.",
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
        "Creates a private certificate authority in a folder, if it has none, and a subfolder"
            + " for each host. Copy each subfolder to its host and set secateur.tls.folder there."
            + " Its certificate is also valid for localhost.",
        "Clients need ca.crt. Keep the folder 'authority' private: anyone who has it can join"
            + " the cluster."
      })
  static final class Init implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "DIR", description = "Folder of the authority.")
    private Path folder;

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "HOST",
        description = "Host names or addresses of the nodes.")
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
          "copy each to its host, as secateur.tls.folder; clients need "
              + folder.resolve(Certificates.CERTIFICATE));
      talk.println(
          folder.resolve(Certificates.AUTHORITY)
              + " must stay private: anyone who has it can join the cluster");
      talk.flush();
      return 0;
    }
  }
}
