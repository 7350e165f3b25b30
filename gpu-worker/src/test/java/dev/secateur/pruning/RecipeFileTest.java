package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Recipes as people and other programs write them. */
class RecipeFileTest {
  private static final String WHOLE =
      """
      {"base": {"config.json": "x"}, "strategy": "block", "ratio": 0.50, "criterion": "l1",
       "aggregation": "sum", "scope": "local", "target": "group-ratio", "steps": 1,
       "groups": [{"name": "layers.0.attention", "units": 4, "removed": [3, 2]},
                  {"name": "layers.0.mlp", "units": 88, "removed": []}],
       "parameters": {"before": 10, "after": 7}, "provenance": {"seed": "1"}}
      """;

  @TempDir Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("r.json"), text);
  }

  private void refuses(String text, String complaint) throws IOException {
    Path file = file(text);
    assertThatThrownBy(() -> Recipe.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ":")
        .hasMessageContaining(complaint)
        .message()
        .hasLineCount(1)
        .doesNotContain("Exception", "java.", "com.fasterxml");
  }

  @Test
  void isReadWholeWithItsUnitsInOrder() throws IOException {
    Recipe recipe = Recipe.read(file(WHOLE));
    assertThat(recipe.groups().get(0).removed()).containsExactly(2, 3);
    assertThat(recipe.ratio().toPlainString()).isEqualTo("0.50");
    assertThat(Recipe.read(file(recipe.json()))).isEqualTo(recipe);
  }

  @Test
  void mayLeaveOutWhatHasADefaultAndHoldWhatPrunePrintsBesideIt() throws IOException {
    String brief =
        WHOLE
            .replace("\"scope\": \"local\", \"target\": \"group-ratio\", \"steps\": 1,", "")
            .replace("\"base\": {\"config.json\": \"x\"}, ", "")
            .replace("\"provenance\"", "\"units_removed\": 2, \"note\": \"n\", \"provenance\"");
    Recipe recipe = Recipe.read(file(brief));
    assertThat(recipe.scope()).isEqualTo(Scope.LOCAL);
    assertThat(recipe.target()).isEqualTo(Target.GROUP_RATIO);
    assertThat(recipe.steps()).isEqualTo(1);
    assertThat(recipe.base()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[3, 2] | [1.5] | 'groups[0].removed[0]' is 1.5, not a whole number from 0 to 3",
        "[3, 2] | [2.0] | 'groups[0].removed[0]' is 2.0, not a whole number",
        "[3, 2] | [0, \"1\"] | 'groups[0].removed[1]' is \"1\", not a whole number",
        "[3, 2] | [null] | 'groups[0].removed[0]' is null, not a whole number",
        "[3, 2] | [true] | 'groups[0].removed[0]' is true, not a whole number",
        "[3, 2] | [[1]] | 'groups[0].removed[0]' is [1], not a whole number",
        "[3, 2] | [-1] | 'groups[0].removed[0]' is -1, not a whole number from 0 to 3",
        "[3, 2] | [4] | 'groups[0].removed[0]' is 4, not a whole number from 0 to 3",
        "[3, 2] | [1e30] | 'groups[0].removed[0]' is 1E+30, not a whole number",
        "[3, 2] | [99999999999999999999] | 'groups[0].removed[0]' is 99999999999999999999, not",
        "[3, 2] | [3, 3] | 'groups[0].removed[1]' is 3, which is listed twice",
        "[3, 2] | null | 'groups[0].removed' is null, not a list",
        "[3, 2] | {} | 'groups[0].removed' is {}, not a list",
        ", \"removed\": [3, 2] |  | 'groups[0].removed' is missing",
        "\"units\": 88 | \"units\": \"88\" | 'groups[1].units' is \"88\", not a whole number",
        "\"units\": 88 | \"units\": 88.5 | 'groups[1].units' is 88.5, not a whole number",
        "\"units\": 88 | \"units\": 0 | 'groups[1].units' is 0, not a whole number from 1",
        "\"layers.0.mlp\" | 3 | 'groups[1].name' is 3, not a string",
        "\"layers.0.mlp\" | \"layers.0.attention\" | 'layers.0.attention', which is listed twice",
        "\"ratio\": 0.50 | \"ratio\": \"0.5\" | 'ratio' is \"0.5\", not a number between 0 and 1",
        "\"ratio\": 0.50 | \"ratio\": 1.0 | 'ratio' is 1.0, not a number between 0 and 1",
        "\"steps\": 1 | \"steps\": 1.5 | 'steps' is 1.5, not a whole number",
        "\"steps\": 1 | \"steps\": 0 | 'steps' is 0, not a whole number from 1",
        "\"block\" | \"blok\" | 'strategy' is \"blok\", not one of block, channel, layer",
        "\"block\" | [\"block\"] | 'strategy' is [\"block\"], not one of",
        "\"l1\" | null | 'criterion' is null, not one of taylor-vector",
        "\"sum\" | 3 | 'aggregation' is 3, not one of sum",
        "\"local\" | \"LOCAL\" | 'scope' is \"LOCAL\", not one of local, global",
        "\"group-ratio\" | {} | 'target' is {}, not one of group-ratio",
        "\"criterion\": \"l1\", | | 'criterion' is missing",
        "\"before\": 10 | \"before\": 10.5 | 'parameters.before' is 10.5, not a whole number",
        "\"after\": 7 | \"after\": 11 | 'parameters.after' is 11, not a whole number from 0 to 10",
        ", \"after\": 7 | | 'parameters.after' is missing",
        "{\"config.json\": \"x\"} | {\"config.json\": 3} | 'base.config.json' is 3, not a string",
        "{\"config.json\": \"x\"} | [] | 'base' is [], not an object",
        "{\"seed\": \"1\"} | \"1\" | 'provenance' is \"1\", not an object",
        "\"steps\" | \"stages\" | 'stages' is not a key of a recipe",
        "\"units\": 88 | \"unit\": 88 | 'groups[1].unit' is not a key of a recipe",
        "\"steps\": 1 | \"steps\": 1, \"steps\": 2 | Duplicate field 'steps'"
      })
  void isRefusedByFileAndKeyWhereAValueIsNotOfItsKind(String from, String to, String complaint)
      throws IOException {
    assertThat(WHOLE).contains(from);
    refuses(WHOLE.replace(from, to == null ? "" : to), complaint);
  }

  @Test
  void isRefusedWhereItIsNoJsonObject() throws IOException {
    refuses("", "is empty, not JSON");
    refuses("[]", "is not a JSON object, not a recipe");
    refuses("null", "is not a JSON object, not a recipe");
    refuses("{\"base\":", "not valid JSON");
    refuses(WHOLE + "}", "not valid JSON");
    refuses("{}", "'strategy' is missing");
    assertThatThrownBy(() -> Recipe.read(folder.resolve("none.json")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("none.json: no such file");
  }
}
