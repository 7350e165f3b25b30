package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.actors.node.NodeSettings;
import dev.secateur.actors.node.WorkFolder;
import dev.secateur.natives.Flavor;
import dev.secateur.natives.Installation;
import dev.secateur.natives.Natives;
import dev.secateur.natives.RememberedNatives;
import dev.secateur.natives.Repositories;
import dev.secateur.natives.UsualPlaces;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code secateur natives}: libtorch for CUDA. */
@Command(
    name = "natives",
    mixinStandardHelpOptions = true,
    description = "Installs libtorch for NVIDIA GPUs, for all commands to use.",
    subcommands = {
      NativesCommand.Install.class,
      NativesCommand.Status.class,
      NativesCommand.Remove.class
    },
    synopsisSubcommandLabel = "COMMAND")
final class NativesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(), "Missing required subcommand: install, status or remove");
  }

  /** Where the natives are remembered. */
  static final class Place {
    @Option(
        names = "--work",
        paramLabel = "DIR",
        description = "Work folder whose commands use it (default: ~/.secateur).")
    private String work;

    @Option(
        names = "--config",
        paramLabel = "FILE",
        description = "Settings that override application.conf.")
    private Path config;

    RememberedNatives remembered() {
      String name = work == null ? NodeSettings.load(Optional.ofNullable(config)).work() : work;
      return new RememberedNatives(WorkFolder.open(name).root());
    }
  }

  @Command(
      name = "install",
      mixinStandardHelpOptions = true,
      description = {
        "Takes libtorch "
            + Flavor.VERSION
            + " from --from, or from a Python installation in one of the usual places, or"
            + " downloads it; tests it, and makes all commands use it.",
        "Usual places: VIRTUAL_ENV, CONDA_PREFIX, ~/.local, the Python on PATH, /usr,"
            + " /usr/local, /opt/*."
      })
  static final class Install implements Callable<Integer> {
    @Mixin private Place place;

    @Option(
        names = "--from",
        paramLabel = "PATH",
        description =
            "Folder that holds libtorch.so, such as torch/lib of a Python installation, or a"
                + " jar of org.bytedeco:pytorch.")
    private Path from;

    @Option(
        names = "--flavor",
        paramLabel = "NAME",
        defaultValue = "cu128",
        description = "cu128 (for any CUDA 12) or cpu (default: ${DEFAULT-VALUE}).")
    private String flavor;

    @Option(
        names = "--cuda",
        paramLabel = "DIR",
        description = "Folder with CUDA libraries, for a libtorch without them. Can be repeated.")
    private List<Path> cuda = List.of();

    @Option(
        names = "--repository",
        paramLabel = "URL",
        defaultValue = Repositories.DJL,
        description = "DJL's repository, or a mirror of it (default: ${DEFAULT-VALUE}).")
    private URI repository;

    @Option(
        names = "--maven",
        paramLabel = "URL",
        defaultValue = Repositories.MAVEN,
        description = "Maven Central, or a mirror of it, tried next (default: ${DEFAULT-VALUE}).")
    private URI maven;

    @Mixin private JsonOption json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      RememberedNatives remembered = place.remembered();
      PrintWriter talk = spec.commandLine().getErr();
      Natives natives =
          new Installation(
                  remembered,
                  UsualPlaces.ofThisMachine(),
                  cuda,
                  new Repositories(repository, maven),
                  NodeOptions.lines(talk),
                  new Downloads(talk)::received)
              .install(
                  Optional.ofNullable(from),
                  Flavor.of(flavor),
                  new NativesProbe(remembered.work()));
      print(
          spec,
          json.isGiven(),
          natives,
          "works, and is used from now on; this is stored in " + remembered.file());
      return 0;
    }
  }

  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = "Shows which native libraries are installed, and whether they load.")
  static final class Status implements Callable<Integer> {
    @Mixin private Place place;

    @Mixin private JsonOption json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      RememberedNatives remembered = place.remembered();
      Optional<Natives> natives = remembered.read();
      PrintWriter out = spec.commandLine().getOut();
      if (natives.isEmpty()) {
        out.println(
            json.isGiven()
                ? "{ }"
                : "none installed: the built-in ones are used, which compute on the CPU");
        out.flush();
        return 0;
      }
      Optional<String> problem =
          natives.get().isThere()
              ? new NativesProbe(remembered.work()).problem(natives.get())
              : Optional.of("it no longer exists; 'secateur natives install' looks for another");
      print(
          spec,
          json.isGiven(),
          natives.get(),
          problem.map(text -> "problem: " + text).orElse("works"));
      return problem.isEmpty() ? 0 : Main.FAILURE;
    }
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = "Goes back to the built-in native libraries, and removes what was downloaded.")
  static final class Remove implements Callable<Integer> {
    @Mixin private Place place;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      boolean known = place.remembered().remove();
      spec.commandLine().getOut().println(known ? "removed" : "none were installed");
      return 0;
    }
  }

  private static void print(CommandSpec spec, boolean asJson, Natives natives, String state) {
    PrintWriter out = spec.commandLine().getOut();
    ObjectNode root = RememberedNatives.json(natives);
    root.put("state", state);
    if (asJson) {
      out.println(root.toPrettyString());
    } else {
      root.properties()
          .forEach(field -> out.printf("%-8s %s%n", field.getKey(), field.getValue().asText()));
    }
    out.flush();
  }
}
