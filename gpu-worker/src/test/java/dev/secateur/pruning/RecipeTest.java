package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipeTest {
  private static final String WHOLE =
      """
      {"base": {}, "strategy": "block", "ratio": 0.5, "criterion": "l1", "aggregation": "sum",
       "groups": [{"name": "layers.0.mlp", "units": 4, "removed": [0, 2]}],
       "parameters": {"before": 10, "after": 5}}
      """;

  @TempDir private Path folder;

  private Path recipe(String content) throws IOException {
    return Files.writeString(folder.resolve("recipe.json"), content);
  }

  @Test
  void readsWhatItWrites() throws IOException {
    Recipe read = Recipe.read(recipe(WHOLE));
    assertThat(read.unitsRemoved()).isEqualTo(2);
    assertThat(Recipe.read(recipe(read.json()))).isEqualTo(read);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '$',
      textBlock =
          """
          [0, 2] | null | can't be read as a recipe: a recipe needs 'groups.removed'
          [0, 2] | [null] | can't be read as a recipe: group 'layers.0.mlp' removes a unit that is null
          [0, 2] | {} | can't be read as a recipe: 'groups[0].removed' is missing a part, or is not what a recipe has there
          [0, 2] | [0, 4] | group 'layers.0.mlp' removes unit 4; the units removed ascend, and are below 4
          [0, 2] | [2, 2] | group 'layers.0.mlp' removes unit 2; the units removed ascend, and are below 4
          "block" | "bloc" | can't be read as a recipe: 'strategy' is missing a part, or is not what a recipe has there
          [{"name": "layers.0.mlp", "units": 4, "removed": [0, 2]}] | [null] | can't be read as a recipe: a recipe has no group that is null
          """)
  void namesWhatIsWrong(String found, String put, String problem) throws IOException {
    Path file = recipe(WHOLE.replace(found, put));
    assertThatThrownBy(() -> Recipe.read(file))
        .isInstanceOf(InputException.class)
        .hasMessage(file + ": " + problem);
  }
}
