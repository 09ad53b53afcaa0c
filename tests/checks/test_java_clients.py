"""Java's HTTP clients: built in one class, used in another."""

from __future__ import annotations

from tests.asking import status

_POM = "<project><artifactId>shop</artifactId></project>"
_MAIN = """package shop;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
@SpringBootApplication
public class Main { public static void main(String[] a) { SpringApplication.run(Main.class, a); } }
"""
_HEAD = """package shop;
import org.springframework.web.client.RestClient;
import org.springframework.stereotype.Component;
"""
_BARE = (
    _HEAD
    + """@Component
public class Stock {
    private final RestClient client;
    public Stock(RestClient.Builder builder) { this.client = builder.baseUrl("http://stock").build(); }
    public String level() { return client.get().uri("/level").retrieve().body(String.class); }
}
"""
)
_INJECTED = _BARE.replace("RestClient.Builder builder", "RestClient client").replace(
    'builder.baseUrl("http://stock").build()', "client"
)
_CONFIG = """package shop;
import org.springframework.web.client.RestClient;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.context.annotation.*;
@Configuration
public class Clients {
    @Bean public RestClient client(RestClient.Builder builder) {
        SimpleClientHttpRequestFactory factory = new SimpleClientHttpRequestFactory();
        factory.setReadTimeout(2000);
        return builder.requestFactory(factory).build();
    }
}
"""


def _service(**classes: str) -> dict[str, str]:
    files = {f"src/main/java/shop/{name}.java": text for name, text in classes.items()}
    return {"pom.xml": _POM, "src/main/java/shop/Main.java": _MAIN, **files}


def test_an_injected_builder_without_a_limit_waits_forever() -> None:
    assert status("timeouts", _service(Stock=_BARE)) == "fail"


def test_the_configuration_that_builds_a_client_gives_its_timeout() -> None:
    assert status("timeouts", _service(Stock=_INJECTED, Clients=_CONFIG)) == "pass"


def test_settings_limit_an_injected_builder() -> None:
    settings = "spring:\n  http:\n    client:\n      connect-timeout: 1s\n      read-timeout: 2s\n"
    files = _service(Stock=_BARE) | {"src/main/resources/application.yml": settings}
    assert status("timeouts", files) == "pass"


def test_a_template_from_nowhere_has_no_limit_and_no_retry() -> None:
    template = """package shop;
import org.springframework.web.client.RestTemplate;
import org.springframework.stereotype.Component;
@Component
public class Drive {
    private final RestTemplate rest;
    public Drive(RestTemplate rest) { this.rest = rest; }
    public String get(String url) { return rest.getForObject(url, String.class); }
}
"""
    assert status("timeouts", _service(Drive=template)) == "fail"
    assert status("retries-and-backoff", _service(Drive=template)) == "fail"


def test_mail_without_a_timeout_waits_forever() -> None:
    mail = """package shop;
import org.springframework.mail.javamail.JavaMailSender;
import org.springframework.mail.SimpleMailMessage;
import org.springframework.stereotype.Component;
@Component
public class Mail {
    private final JavaMailSender sender;
    public Mail(JavaMailSender sender) { this.sender = sender; }
    public void send(SimpleMailMessage message) { sender.send(message); }
}
"""
    limited = "spring:\n  mail:\n    properties:\n      mail:\n        smtp:\n          timeout: 3000\n"
    files = _service(Mail=mail)
    assert status("timeouts", files) == "fail"
    assert status("timeouts", files | {"src/main/resources/application.yml": limited}) == "pass"


def test_a_retry_is_no_circuit_breaker() -> None:
    mark = "import io.github.resilience4j.{}.annotation.{};\n@Component"
    retried = _BARE.replace("@Component", mark.format("retry", "Retry"))
    broken = _BARE.replace("@Component", mark.format("circuitbreaker", "CircuitBreaker"))
    assert status("circuit-breakers", _service(Stock=retried)) == "fail"
    assert status("circuit-breakers", _service(Stock=broken)) == "pass"
    assert status("retries-and-backoff", _service(Stock=broken)) == "fail"


def test_a_model_over_plain_http_is_a_model() -> None:
    gemini = _BARE.replace(
        'client.get().uri("/level")', 'client.post().uri("/v1beta/models/{model}:generateContent", "gemini-2.0-flash")'
    )
    assert status("llm-guardrails", _service(Gemini=gemini)) == "fail"
    assert status("llm-guardrails", _service(Stock=_BARE)) == "not_applicable"


def test_an_extension_that_nothing_uses_is_no_retrieval() -> None:
    call = 'client.post().uri("/v1beta/models/{model}:generateContent", "gemini-2.0-flash")'
    files = _service(Gemini=_BARE.replace('client.get().uri("/level")', call))
    enabled = files | {"init.sql": "-- pgvector for later\nCREATE EXTENSION IF NOT EXISTS vector;\n"}
    assert status("knowledge-base-health", enabled) == "not_applicable"
    kept = files | {"init.sql": "CREATE TABLE chunks (id int, embedding vector(768));\n"}
    assert status("knowledge-base-health", kept) != "not_applicable"


_ROOT = """<project><groupId>acme</groupId><artifactId>platform</artifactId><version>1</version>
<parent><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId>
<version>{}</version></parent><modules><module>shop</module></modules></project>
"""
_CHILD = """<project><parent><groupId>acme</groupId><artifactId>platform</artifactId><version>1</version></parent>
<artifactId>shop</artifactId><dependencies><dependency><groupId>org.springframework.boot</groupId>
<artifactId>spring-boot-starter-web</artifactId></dependency></dependencies></project>
"""


def test_a_module_inherits_springs_version() -> None:
    web = """package shop;
import org.springframework.web.bind.annotation.*;
@RestController
public class Web { @GetMapping("/x") public String x() { return "x"; } }
"""
    files = {"shop/" + path: text for path, text in _service(Web=web).items()} | {"shop/pom.xml": _CHILD}
    assert status("graceful-shutdown", files | {"pom.xml": _ROOT.format("3.5.1")}) == "pass"
    assert status("graceful-shutdown", files | {"pom.xml": _ROOT.format("3.1.0")}) == "fail"


def test_reading_the_setting_of_origins_is_no_policy() -> None:
    config = """package shop;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.stereotype.Component;
@Component
public class Cors {
    public CorsConfiguration source(Properties properties) {
        CorsConfiguration config = new CorsConfiguration();
        config.setAllowedOrigins(properties.allowedOrigins());
        return config;
    }
}
"""
    assert status("cors-restricted", _service(Cors=config)) != "fail"
    assert (
        status("cors-restricted", _service(Cors=config.replace("properties.allowedOrigins()", 'List.of("*")')))
        == "fail"
    )


_LISTENER = """package shop;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.support.Acknowledgment;
import org.springframework.stereotype.Component;
@Component
public class {0} {{
    @KafkaListener(topics = "{0}")
    public void on(String record, Acknowledgment ack) {{
        try {{ handle(record); }} catch (Exception e) {{ {1} }}
        ack.acknowledge();
    }}
}}
"""


def test_each_listener_keeps_what_it_fails_on() -> None:
    keeps = _LISTENER.format("Orders", "deadLetterPublisher.publish(record);")
    drops = _LISTENER.format("Audit", "log.error(e);")
    assert status("dead-letter-queues", _service(Orders=keeps)) == "pass"
    assert status("dead-letter-queues", _service(Orders=keeps, Audit=drops)) == "fail"


def test_a_socket_that_is_permitted_to_all_is_open() -> None:
    web = """package shop;
import org.springframework.web.bind.annotation.*;
@RestController
public class Web { @PostMapping("/orders") public String x(@RequestBody String body) { return body; } }
"""
    rules = """package shop;
import org.springframework.context.annotation.*;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
@Configuration
public class Rules {
    @Bean public SecurityFilterChain chain(HttpSecurity http) throws Exception {
        http.authorizeHttpRequests(a -> a.requestMatchers("/ws/**").permitAll().anyRequest().authenticated());
        return http.build();
    }
}
"""
    socket = """package shop;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.socket.config.annotation.*;
@Configuration
@EnableWebSocketMessageBroker
public class Sockets implements WebSocketMessageBrokerConfigurer {
    public void registerStompEndpoints(StompEndpointRegistry r) { r.addEndpoint("/ws"); }
}
"""
    asking = socket.replace("r.addEndpoint", "/* ChannelInterceptor */ r.addEndpoint")
    assert status("authentication", _service(Web=web, Rules=rules)) == "pass"
    assert status("authentication", _service(Web=web, Rules=rules, Sockets=socket)) == "fail"
    assert status("authentication", _service(Web=web, Rules=rules, Sockets=asking)) == "pass"
