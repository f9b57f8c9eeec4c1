using Microsoft.Extensions.Configuration;
using Millrace.Connectors;
using Millrace.Kafka.Sinks;
using Millrace.Kafka.Sources;
using Xunit;

namespace Millrace.Kafka.Tests;

/// <summary>Sources and sinks whose options are in a configuration.</summary>
public sealed class KafkaOptionsTests
{
    [Fact]
    public void ShouldTakeEveryOptionOfASource()
    {
        IConfiguration configuration = Configuration(
            ("Kafka:bootstrap.servers", "host:9092"),
            ("Kafka:SASL_USERNAME", "user"),
            ("Orders:Topics", "orders-eu, orders-us"),
            ("Orders:GroupId", "orders"),
            ("Orders:StartingOffsets", "committed"),
            ("Orders:Bounded", "Latest"),
            ("Orders:IsolationLevel", "ReadUncommitted"),
            ("Orders:PartitionDiscoveryInterval", "00:01:00"),
            ("Orders:CommitOffsetsOnCheckpoints", "false"),
            ("Orders:StartAnewOnRecreatedTopics", "true"),
            ("Orders:ContinueOnTruncatedLogs", "true"),
            ("Orders:RequestTimeout", "00:00:05"),
            ("Orders:MaxPollRecords", "7"),
            ("Orders:Properties:fetch_min_bytes", "9")
        );

        KafkaSource<string> source = NewSource()
            .SetProperties(configuration.GetSection("Kafka"))
            .SetTopics("others")
            .SetOptions(configuration.GetSection("Orders"))
            .Build();

        KafkaSourceSettings<string> settings = source.Settings;
        Assert.Equal(["orders-eu", "orders-us"], source.Topics.Select(topic => topic.Name));
        Assert.Equal(Boundedness.Bounded, source.Boundedness);
        Assert.Equal("orders", settings.GroupId);
        Assert.True(settings.Starting.NeedsGroup);
        Assert.Same(OffsetsInitializer.Latest(), settings.Bounded);
        Assert.Equal(KafkaIsolationLevel.ReadUncommitted, settings.IsolationLevel);
        Assert.False(settings.CommitOffsets);
        Assert.True(settings.StartsAnewOnRecreatedTopics);
        Assert.True(settings.ContinuesOnTruncatedLogs);
        Assert.Equal(TimeSpan.FromSeconds(5), settings.RequestTimeout);
        Assert.Equal(7, settings.MaxPollRecords);
        Assert.Equal(
            ["bootstrap.servers=host:9092", "fetch.min.bytes=9", "sasl.username=user"],
            settings.Properties.Select(property => $"{property.Key}={property.Value}").Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void ShouldTakeEveryOptionOfASink()
    {
        IConfiguration configuration = Configuration(
            ("Totals:Topic", "totals"),
            ("Totals:DeliveryGuarantee", "ExactlyOnce"),
            ("Totals:TransactionalIdPrefix", "prefix"),
            ("Totals:TransactionTimeout", "00:02:00"),
            ("Totals:FlushTimeout", "00:00:30"),
            ("Totals:IgnoreLostTransactions", "true"),
            ("Totals:Properties:compression.type", "zstd")
        );

        KafkaSinkSettings<string> settings = KafkaSink
            .Builder<string>()
            .SetOptions(configuration.GetSection("Totals"))
            .SetValueSerializer(SimpleStringSchema.Instance)
            .Build()
            .Settings;

        Assert.Equal("totals", settings.Topic);
        Assert.Equal(DeliveryGuarantee.ExactlyOnce, settings.Guarantee);
        Assert.Equal("prefix", settings.TransactionalIdPrefix);
        Assert.Equal(TimeSpan.FromMinutes(2), settings.TransactionTimeout);
        Assert.Equal(TimeSpan.FromSeconds(30), settings.FlushTimeout);
        Assert.True(settings.IgnoreLostTransactions);
        Assert.Equal("zstd", settings.Properties["compression.type"]);
    }

    [Fact]
    public void ShouldChangeNothing_WhenTheSectionIsNotThere()
    {
        IConfigurationSection nothing = Configuration().GetSection("Orders");
        KafkaSourceSettings<string> settings = NewSource().SetTopics("orders").SetGroupId("group").SetOptions(nothing).Build().Settings;
        KafkaSourceSettings<string> expected = NewSource().SetTopics("orders").SetGroupId("group").Build().Settings;

        Assert.Equal(["orders"], settings.Topics);
        Assert.Equal(expected with { Properties = settings.Properties, Topics = settings.Topics }, settings);
    }

    [Theory]
    [InlineData("StartingOffset", "Earliest", "Section 'Orders' of the configuration does not fit KafkaSourceOptions")]
    [InlineData("MaxPollRecords", "many", "Section 'Orders' of the configuration does not fit KafkaSourceOptions")]
    [InlineData("StartingOffsets", "yesterday", "Option StartingOffsets is 'yesterday': expected Earliest, Latest, Committed or a time")]
    [InlineData("StartingOffsets", "10:00", "Option StartingOffsets is '10:00'")]
    [InlineData("IsolationLevel", "7", "Option IsolationLevel is '7': Expected ReadCommitted or ReadUncommitted")]
    [InlineData("RequestTimeout", "-00:00:01", "Option RequestTimeout is '-00:00:01'")]
    [InlineData("GroupId", "", "Option GroupId is ''")]
    [InlineData("MaxPollRecords", "0", "Option MaxPollRecords is '0'")]
    public void ShouldSayWhatIsWrong(string name, string value, string message)
    {
        Exception? error = Record.Exception(() => NewSource().SetOptions(Configuration(("Orders:" + name, value)).GetSection("Orders")));

        Assert.StartsWith(message, Assert.IsType<InvalidOperationException>(error).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DeliveryGuarantee", "9", "Option DeliveryGuarantee is '9': Expected BestEffort, AtLeastOnce or ExactlyOnce")]
    [InlineData("TransactionTimeout", "00:00:00.5", "Option TransactionTimeout is '00:00:00.5000000'")]
    public void ShouldSayWhatIsWrongWithASink(string name, string value, string message)
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() =>
            KafkaSink.Builder<string>().SetOptions(Configuration(("Totals:" + name, value)).GetSection("Totals"))
        );

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("request.required.acks", "0")]
    [InlineData("acks", "1")]
    public void ShouldRefuseWeakAcknowledgements_ByEitherName(string property, string value)
    {
        List<string> errors = [];
        KafkaSink
            .Builder<string>()
            .SetBootstrapServers("host:9092")
            .SetTopic("totals")
            .SetValueSerializer(SimpleStringSchema.Instance)
            .SetProperty(property, value)
            .Build()
            .Validate(errors);

        Assert.Contains(errors, error => error.Contains($"needs acks = all, not {property} = {value}", StringComparison.Ordinal));
    }

    [Fact]
    public void ShouldRefuseLevelsBelowAProperty()
    {
        // A slip for security_protocol: ignored, the job would talk in plain text.
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() =>
            NewSource().SetProperties(Configuration(("Kafka:security:protocol", "SASL_SSL")).GetSection("Kafka"))
        );

        Assert.StartsWith(
            "'Kafka:security:protocol' of the configuration is below 'Kafka:security'",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void ShouldRefuseTwoSpellingsThatDiffer()
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() =>
            NewSource()
                .SetProperties(
                    Configuration(("Kafka:bootstrap.servers", "one:1"), ("Kafka:bootstrap_servers", "two:2")).GetSection("Kafka")
                )
        );

        Assert.Contains("are one property, 'bootstrap.servers', and differ", error.Message, StringComparison.Ordinal);
        NewSource()
            .SetProperties(Configuration(("Kafka:bootstrap.servers", "one:1"), ("Kafka:bootstrap_servers", "one:1")).GetSection("Kafka"));
    }

    [Fact]
    public void ShouldReadAPatternInsteadOfTopics_WhenTheOptionsHaveOne()
    {
        KafkaSource<string> source = NewSource()
            .SetTopics("orders")
            .SetOptions(new KafkaSourceOptions { TopicPattern = "orders-.*" })
            .Build();
        Assert.Empty(source.Topics);
        Assert.Equal("orders-.*", source.Settings.PatternText);
    }

    [Fact]
    public void ShouldBeginAtATime() =>
        Assert.Null(
            NewSource()
                .SetOptions(new KafkaSourceOptions { Topics = "orders", StartingOffsets = "2026-01-31T00:00:00Z" })
                .Build()
                .Settings.Starting.Error
        );

    private static KafkaSourceBuilder<string> NewSource() => KafkaSource.Builder<string>().SetDeserializer(SimpleStringSchema.Instance);

    private static IConfigurationRoot Configuration(params (string Name, string Value)[] values) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(each => KeyValuePair.Create<string, string?>(each.Name, each.Value)))
            .Build();
}
