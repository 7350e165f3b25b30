package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CertificatesTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {"..", ".", "", "bad host", "a/b", "10.0.0", "::g", "-a", "a..b", "gr\u00fcn"})
  void aHostThatIsNoneIsNamedBeforeAnythingIsWritten(String host) {
    assertThatThrownBy(() -> Certificates.init(folder.resolve("certs"), List.of("127.0.0.1", host)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("'" + host + "' is not a host");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void noHostIsCalledAsTheAuthoritysFolderIs() {
    assertThatThrownBy(() -> Certificates.init(folder.resolve("certs"), List.of("authority")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no host can have the name 'authority' here");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void namesAndAddressesHaveAFolderEach() throws IOException {
    List<String> hosts =
        List.of(
            "localhost", "node-1.example.org", "worker_2", "*.example.org", "10.0.0.1", "fd00::1");
    assertThat(Certificates.init(folder.resolve("certs"), hosts))
        .hasSize(hosts.size())
        .doesNotHaveDuplicates()
        .allSatisfy(each -> assertThat(each.resolve("node.p12")).isRegularFile());
  }
}
