using System.Collections.Concurrent;
using System.Text.Json;
using Confluent.Kafka;

namespace JobsNamespace.Host;

/// <summary>Reads what the job has written, from the beginning, and keeps each customer's last total.</summary>
internal sealed class LatestTotals(IConfiguration configuration, ILogger<LatestTotals> logger) : BackgroundService
{
    private readonly ConcurrentDictionary<string, OrderTotal> _totals = new(StringComparer.Ordinal);

    public IEnumerable<OrderTotal> All => _totals.Values.OrderBy(total => total.Customer, StringComparer.Ordinal);

    public IResult Of(string customer) => _totals.TryGetValue(customer, out OrderTotal? total) ? Results.Ok(total) : Results.NotFound();

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(() => Read(stoppingToken), CancellationToken.None);

    private void Read(CancellationToken stoppingToken)
    {
        ConsumerConfig config = new()
        {
            GroupId = $"latest-totals-{Guid.NewGuid():N}",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            // Only what the job has committed: each total once.
            IsolationLevel = IsolationLevel.ReadCommitted,
        };
        foreach (IConfigurationSection property in configuration.GetSection("Kafka").GetChildren())
        {
            config.Set(property.Key.Replace('_', '.').ToLowerInvariant(), property.Value);
        }

        // What the client logs it tries again by itself, many times a second; what matters comes as an exception.
        using IConsumer<Ignore, byte[]> consumer = new ConsumerBuilder<Ignore, byte[]>(config)
            .SetLogHandler((_, line) => logger.LogDebug("{Line}", line.Message))
            .SetErrorHandler((_, error) => logger.LogDebug("{Reason}", error.Reason))
            .Build();
        consumer.Subscribe("order-totals");
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                OrderTotal total = JsonSerializer.Deserialize(
                    consumer.Consume(stoppingToken).Message.Value,
                    OrdersJson.Default.OrderTotal
                )!;
                _totals.AddOrUpdate(total.Customer, total, (_, last) => total.From >= last.From ? total : last);
            }
            catch (ConsumeException exception) when (!exception.Error.IsFatal)
            {
                // The client tries again by itself; a topic that is not there yet may come.
                logger.LogWarning("Totals cannot be read: {Reason}", exception.Error.Reason);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        consumer.Close();
    }
}
