package dev.secateur.actors.cli;

import static dev.secateur.actors.client.FakeNode.answer;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.secateur.actors.client.FakeNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands whose coordinator is lost while they are at work. */
@Timeout(60)
class FailoverClientTest {
  private static final String RESULTS =
      """
      {"sweep": "s", "name": "s", "completed": 1, "trials": []}
      """;

  @TempDir Path folder;
  private final List<FakeNode> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    nodes.forEach(FakeNode::close);
  }

  private FakeNode node(FakeNode.Handler handler) throws IOException {
    FakeNode node = new FakeNode(handler);
    nodes.add(node);
    return node;
  }

  private static void lose() {
    throw new IllegalStateException("the connection breaks");
  }

  /** A node that stops a sweep, and loses its answer to that. */
  private String stopping(String status) throws IOException {
    FakeNode node =
        node(
            (exchange, request, count) -> {
              if (count == 1) {
                lose();
              } else if (request.startsWith("POST")) {
                answer(exchange, 409, "{\"errors\":[\"sweep s has ended\"]}");
              } else {
                answer(exchange, 200, "{\"status\":\"" + status + "\"}");
              }
            });
    return node.url();
  }

  @Test
  void aStopWhoseAnswerWasLostIsDone() throws Exception {
    Cli.Result stopped = Cli.here("stop", "s", "--url", stopping("stopped"));
    assertThat(stopped.code()).as(stopped.err()).isZero();
    assertThat(stopped.out()).isEqualTo("stop s\n");
  }

  @Test
  void aStopThatCameTooLateIsRefused() throws Exception {
    Cli.Result late = Cli.here("stop", "s", "--url", stopping("completed"));
    assertThat(late.code()).isEqualTo(2);
    assertThat(late.err()).contains("secateur: sweep s has ended\n");
  }

  @Test
  void aRetryWhoseAnswerWasLostIsNotSentAgain() throws Exception {
    FakeNode node = node((exchange, request, count) -> lose());
    FakeNode other = node((exchange, request, count) -> answer(exchange, 200, "{}"));
    Cli.Result lost = Cli.here("retry", "s", "--url", node.url() + "," + other.url());
    assertThat(lost.code()).isEqualTo(1);
    assertThat(lost.err()).hasLineCount(1).contains("may have been received");
    assertThat(other.asked()).isEmpty();
  }

  private static void events(HttpExchange exchange, String... events) throws IOException {
    exchange.sendResponseHeaders(200, 0);
    OutputStream out = exchange.getResponseBody();
    for (String event : events) {
      out.write(("data:" + event + "\n\n").getBytes(StandardCharsets.UTF_8));
    }
    out.flush();
  }

  @Test
  void whoWaitsForASweepFollowsItToAnotherCoordinator() throws Exception {
    FakeNode first =
        node(
            (exchange, request, count) -> {
              if (count == 1) {
                answer(exchange, 201, "{\"sweep\":\"s\",\"resumed\":false}");
              } else if (count == 2) {
                events(
                    exchange,
                    "{\"event\":\"sweep-submitted\",\"sequence\":1}",
                    "{\"event\":\"trial-completed\",\"sequence\":2}");
              }
              lose();
            });
    FakeNode second =
        node(
            (exchange, request, count) -> {
              if (request.contains("/events?")) {
                assertThat(request).contains("since=2");
                events(
                    exchange,
                    "{\"event\":\"sweep-completed\",\"sequence\":3}",
                    "{\"event\":\"results-written\",\"sequence\":4}");
                exchange.getResponseBody().close();
              } else if (count == 2) {
                answer(exchange, 503, "{\"errors\":[\"no active coordinator answers\"]}");
              } else if (request.endsWith("/results")) {
                answer(exchange, 200, RESULTS);
              } else {
                answer(exchange, 200, "{\"status\":\"completed\"}");
              }
            });
    Path sweep = Files.writeString(folder.resolve("sweep.conf"), "models = [demo]\n");
    Cli.Result result =
        Cli.here(
            "submit",
            sweep.toString(),
            "--wait",
            "--json",
            "--url",
            first.url() + "," + second.url());
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out()).contains("\"sweep\":\"s\"");
    assertThat(result.err().lines().filter(line -> line.contains("trial-completed"))).hasSize(1);
    assertThat(result.err()).contains("retrying until one answers");
  }

  @Test
  void whatCleansFailsAtOnceWhereNoCoordinatorIs() {
    Cli.Result result = Cli.here("gc", "--url", "http://127.0.0.1:1");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).hasLineCount(1).startsWith("secateur: ").contains("127.0.0.1:1");
  }

  @Test
  void anAddressThatIsNoneIsNamed() {
    Cli.Result wrong = Cli.here("list", "--url", "http://127.0.0.1:1,,");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.err())
        .hasLineCount(1)
        .contains(
            "--url is 'http://127.0.0.1:1,,', of which '' is not an address; it must be an"
                + " address such as http://");
  }
}
