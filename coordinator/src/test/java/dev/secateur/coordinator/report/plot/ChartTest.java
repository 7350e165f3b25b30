package dev.secateur.coordinator.report.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.report.markup.Pages;
import dev.secateur.coordinator.report.plot.Plot.Reference;
import dev.secateur.coordinator.report.plot.Series.Spot;
import dev.secateur.protocol.InputException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ChartTest {
  private static final String SHAPES = "//*[local-name()='path' or local-name()='rect']";

  private static Spot spot(double x, double y, double error) {
    return new Spot("", x, y, 0, 1, error);
  }

  private static Series line(String name, Spot... spots) {
    return new Series(name, List.of(spots));
  }

  private static Plot plot(Series... lines) {
    return new Plot(
        "demo, block",
        "parameters (millions)",
        "perplexity",
        false,
        List.of(lines),
        List.of(new Reference("dense model", 10)),
        List.of(spot(1, 30, 0), spot(2, 30, 0), spot(2, 10, 0)),
        List.of("a note"));
  }

  /** Two methods, both recovered. */
  private static Plot methods() {
    return plot(
        line("l2", spot(1, 50, 2), spot(2, 10, 0)),
        line("taylor-element1", spot(1, 40, 0), spot(2, 10, 0)),
        line("random", spot(1, 60, 0), spot(2, 10, 0)),
        line("l2, recovered", spot(1, 35, 0)),
        line("taylor-element1, recovered", spot(1, 30, 0)),
        line("random, recovered", spot(1, 45, 0)));
  }

  private static Document svg(Plot plot) throws Exception {
    return Pages.parse(new String(Chart.of(plot).svg(), StandardCharsets.UTF_8));
  }

  @Test
  void theRecoveredHasTheColourOfThePrunedAndIsHollow() throws Exception {
    Document svg = svg(methods());
    assertThat(Pages.find(svg, "//*[local-name()='g'][contains(@class, 'd')]/@class"))
        .startsWith("c0 d0", "c1 d0", "c2 d0", "c0 d1", "c1 d1", "c2 d1")
        .endsWith("c0 d0", "c1 d0", "c2 d0", "ink d0", "ink d1", "ink d0", "ink d0");
    assertThat(PlotStyle.SHEET).contains(".d1 .mark { fill: var(--ground); }");
  }

  @Test
  void hasTheDenseModelTheBestAndErrorBars() throws Exception {
    Document svg = svg(methods());
    assertThat(Pages.find(svg, "//*[local-name()='path'][@class='reference']")).hasSize(1 + 1);
    assertThat(Pages.find(svg, "//*[local-name()='path'][@class='best']")).hasSize(1 + 1);
    assertThat(Pages.find(svg, "//*[local-name()='line'][@class='bar']")).hasSize(1);
    assertThat(Pages.find(svg, "//*[local-name()='text']"))
        .contains("demo, block", "parameters (millions)", "perplexity", "a note")
        .containsSubsequence(
            "l2", "taylor-element1", "random", "pruned", "recovered", "best of all")
        .contains("dense model, 10.00");
    assertThat(Pages.find(svg, "//*[local-name()='title']"))
        .contains("l2: 1.00000, 50.0000 ± 2.00000");
  }

  @Test
  void errorBarsAtOnePlaceStandSideBySide() throws Exception {
    Document svg =
        svg(
            plot(
                line("l1", spot(1, 50, 9), spot(2, 30, 9)),
                line("l2", spot(1, 52, 9), spot(2, 33, 9))));
    List<Double> xs =
        Pages.find(svg, "//*[@class='bar']/@x1").stream().map(Double::valueOf).toList();
    assertThat(xs).doesNotHaveDuplicates().hasSize(4);
    assertThat(xs.get(2) - xs.get(0)).isBetween(2.0, 14.0);
  }

  @Test
  void theLegendStandsBesideTheData() throws Exception {
    String longest = "taylor-element1, recovery.learning-rate 0.0001, calibration.samples 1024";
    Document svg = svg(plot(line("l2", spot(1, 20, 0)), line(longest, spot(2, 10, 0))));
    double right = 0;
    for (String grid : Pages.find(svg, "//*[@class='grid']/@d")) {
      for (String point : grid.substring(1).split("L")) {
        right = Math.max(right, Double.parseDouble(point.split(" ")[0]));
      }
    }
    List<String> xs =
        Pages.find(svg, "//*[local-name()='text'][@text-anchor='start'][not(@class)]/@x");
    double end = right;
    assertThat(xs).hasSizeGreaterThan(3).allMatch(x -> Double.parseDouble(x) > end);
    Element root = svg.getDocumentElement();
    double width = Double.parseDouble(root.getAttribute("width"));
    List<String> names =
        Pages.find(svg, "//*[local-name()='text'][@text-anchor='start'][not(@class)]");
    assertThat(names).allMatch(name -> Double.parseDouble(xs.get(0)) + 7 * name.length() < width);
    assertThat(String.join(" ", names)).contains(longest);
  }

  @Test
  void aLongLegendMakesThePictureHigher() throws Exception {
    Series[] many =
        IntStream.range(0, 28)
            .mapToObj(i -> line("setting " + i, spot(1, 10 + i, 0)))
            .toArray(Series[]::new);
    Element few = svg(methods()).getDocumentElement();
    Document svg = svg(plot(many));
    double height = Double.parseDouble(svg.getDocumentElement().getAttribute("height"));
    assertThat(height).isGreaterThan(Double.parseDouble(few.getAttribute("height")));
    assertThat(Pages.find(svg, "//*[local-name()='text']/@y"))
        .allMatch(y -> Double.parseDouble(y) < height);
    assertThat(lowest(svg)).as("and the plot with it").isGreaterThan(lowest(svg(methods())) + 100);
  }

  /** The lower end of the vertical lines. */
  private static double lowest(Document svg) throws Exception {
    return Pages.find(svg, "//*[@class='grid']/@d").stream()
        .mapToDouble(grid -> Double.parseDouble(grid.replaceAll(".* ", "")))
        .max()
        .orElseThrow();
  }

  @Test
  void namesAreBarsWhichBeginAtNothing() throws Exception {
    Series bars =
        new Series("l2", List.of(new Spot("block", 0, 3, 1, 2), new Spot("channel", 0, 6, 0, 1)));
    Document svg = svg(new Plot("t", "strategy", "y", true, List.of(bars), List.of()));
    List<String> heights = Pages.find(svg, "//*[@class='box']/@height");
    assertThat(Double.parseDouble(heights.get(1)) / Double.parseDouble(heights.get(0)))
        .isBetween(1.99, 2.01);
    assertThat(Pages.find(svg, "//*[@class='bar']")).hasSize(1);
    assertThat(Pages.find(svg, "//*[local-name()='text']")).contains("block", "channel", "0");
  }

  @Test
  void namesThatAreTooLongSlant() throws Exception {
    List<Spot> spots = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      spots.add(new Spot("a name that is long " + i, 0, i, 0, 1));
    }
    Document svg = svg(new Plot("t", "x", "y", true, List.of(new Series("s", spots)), List.of()));
    assertThat(Pages.find(svg, "//*[contains(@transform, 'rotate(-30)')]")).hasSize(9);
  }

  @Test
  void aDecadeIsLogarithmic() throws Exception {
    Document svg = svg(plot(line("l2", spot(1, 101, 0), spot(2, 10, 0))));
    assertThat(Pages.find(svg, "//*[@class='note']").get(0))
        .isEqualTo("a note; the vertical axis is logarithmic");
    assertThat(Pages.find(svg(methods()), "//*[@class='note']")).containsExactly("a note");
  }

  @Test
  void isSmallAndNeedsNothingElse() throws Exception {
    String text = new String(Chart.of(methods()).svg(), StandardCharsets.UTF_8);
    assertThat(text.length()).isLessThan(20_000);
    assertThat(text.replace("http://www.w3.org/2000/svg", ""))
        .doesNotContain("http", "url(", "<script", "@import");
    assertThat(text).contains("prefers-color-scheme: dark");
  }

  @Test
  void pixelsHaveTheColoursOfTheSheet() throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(Chart.of(methods()).png()));
    int[] pixels =
        image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    for (String colour : List.of("ground", "ink", "edge", "best", "c0", "c1", "c2")) {
      int rgb = 0xff000000 | PlotStyle.colour(colour);
      assertThat(IntStream.of(pixels).filter(pixel -> pixel == rgb).count())
          .as(colour)
          .isGreaterThan(20);
    }
  }

  @Test
  void hostileNamesStayText() throws Exception {
    String hostile = "</text><script>x</script>\u001b[31m\u202e" + "y".repeat(10_000);
    Document svg = svg(plot(line(hostile, spot(1, 2, 0)), line("l2", spot(2, 3, 0))));
    assertThat(Pages.find(svg, "//*[local-name()='script']")).isEmpty();
    assertThat(Pages.find(svg, SHAPES)).isNotEmpty();
    assertThat(Double.parseDouble(svg.getDocumentElement().getAttribute("width")))
        .isLessThan(1_000);
  }

  @Test
  void whatHasNoFinitePointIsRefused() {
    Plot plot = plot(line("l2", spot(1, Double.NaN, 0)));
    assertThat(Chart.find(plot)).isEmpty();
    assertThatThrownBy(() -> Chart.of(plot))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            "perplexity against parameters (millions): demo, block: has no point");
  }
}
