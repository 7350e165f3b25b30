package dev.secateur.coordinator.report.markup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class HtmlTest {
  private static String text(String text) {
    return new Html().text(text).done();
  }

  @Test
  void textsAndAttributesHoldNoMarkup() {
    assertThat(text("<b>\"&amp;'</b>")).isEqualTo("&lt;b&gt;&quot;&amp;amp;'&lt;/b&gt;");
    assertThat(new Html().element("p", "", "title", "\"><script>\n").done())
        .isEqualTo("<p title=\"&quot;&gt;&lt;script&gt;&#10;\"></p>");
  }

  @Test
  void whatControlsTerminalsOrTheDirectionOfWritingIsShown() {
    assertThat(text("\u001b[31m\u0000\u007f")).isEqualTo("\u241b[31m\u2400\u2421");
    assertThat(text("a\r\nb\rc\td")).isEqualTo("a\nb\u240dc\td");
    assertThat(text("x\u202egnp")).isEqualTo("x[U+202E]gnp");
    assertThat(text("\u2066\u2069")).isEqualTo("[U+2066][U+2069]");
  }

  @Test
  void whatIsNoCharacterIsReplaced() {
    assertThat(text("\ud83d|\ude00|\ufffe|\ufdd0|\u0085|\ud83f\udfff"))
        .isEqualTo("\ufffd|\ufffd|\ufffd|\ufffd|\ufffd|\ufffd");
    assertThat(text("\ud83d\ude00 \u05d0")).isEqualTo("\ud83d\ude00 \u05d0");
  }

  @Test
  void longTextsAreCutBetweenCharacters() {
    assertThat(Html.brief("abc", 3)).isEqualTo("abc");
    assertThat(Html.brief("\ud83d\ude00".repeat(4), 2))
        .isEqualTo("\ud83d\ude00\ud83d\ude00\u2026 (4 characters)");
  }

  @Test
  void elementsMatch() {
    assertThatThrownBy(() -> new Html().open("p").done()).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new Html().empty("div")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Html().style("</style>"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
