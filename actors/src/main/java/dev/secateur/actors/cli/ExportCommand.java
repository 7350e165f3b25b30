package dev.secateur.actors.cli;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.gguf.GgufExport;
import dev.secateur.gguf.GgufType;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur export}: a checkpoint in another program's format. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description =
        "Writes a checkpoint as a GGUF file for llama.cpp and programs built on it, or says"
            + " why llama.cpp can't run it.")
final class ExportCommand implements Callable<Integer> {
  @Mixin private CheckpointOption checkpoint;

  @Option(names = "--gguf", required = true, paramLabel = "FILE", description = "File to write.")
  private Path file;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      defaultValue = "f16",
      description =
          "Element type of matrices: f32, f16, bf16 or q8_0 (default: ${DEFAULT-VALUE});"
              + " vectors are f32.")
  private String type;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Name of the model in the file (default: the folder's name).")
  private String name;

  @Option(names = "--overwrite", description = "Overwrite an existing file.")
  private boolean overwrite;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (Files.isDirectory(file) || (Files.exists(file) && !overwrite)) {
      throw new InputException(
          file
              + (Files.isDirectory(file)
                  ? ": is a folder; --gguf names a file"
                  : ": already exists; --overwrite replaces it"));
    }
    Checkpoint opened = checkpoint.open(node, spec.commandLine().getErr());
    GgufType stored = GgufType.of(type);
    GgufExport written =
        name == null
            ? GgufExport.write(opened, stored, file)
            : GgufExport.write(opened, stored, name, file);
    written.notes().forEach(note -> spec.commandLine().getErr().println("note: " + note));
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        file
            + ": "
            + written.tensors()
            + " tensors, llama.cpp's '"
            + written.architecture()
            + "', "
            + String.format("%,d", Files.size(file))
            + " bytes");
    out.flush();
    return 0;
  }
}
