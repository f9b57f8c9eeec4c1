using Millrace.Testing;
using Xunit;

namespace JobsNamespace.Tests;

/// <summary>The job without Kafka, in one thread, by a clock that only the test moves.</summary>
public sealed class OrderTotalsTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private readonly TestSource<Order> _orders = new();
    private readonly TestSink<OrderTotal> _totals = new();
    private readonly JobTestDriver _driver;

    public OrderTotalsTests() =>
        _driver = JobTestDriver.Start(env =>
            OrderTotalsJob
                .Totals(env.FromSource(_orders, OrderTotalsJob.Watermarks).WithUid("orders"))
                .SinkTo(_totals)
                .WithUid("totals-out")
        );

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void ShouldAddUpPerCustomerAndTenSeconds()
    {
        Add("ada", 10, second: 1);
        Add("grace", 5, second: 2);
        Add("ada", 2.5m, second: 9);
        Add("ada", 1, second: 10);
        _orders.End();
        _driver.RunToEnd();

        Assert.Equal(
            [new OrderTotal("ada", Noon, 12.5m), new OrderTotal("grace", Noon, 5), new OrderTotal("ada", Noon.AddSeconds(10), 1)],
            _totals.Values.OrderBy(total => total.From).ThenBy(total => total.Customer, StringComparer.Ordinal)
        );
    }

    [Fact]
    public void ShouldWaitForOrdersThatComeOutOfOrder()
    {
        Add("ada", 10, second: 1);
        Add("grace", 1, second: 11);
        Add("ada", 20, second: 8);
        _driver.RunUntilIdle();
        Assert.Empty(_totals.Values);

        // Two seconds after its end a window is closed.
        Add("grace", 1, second: 13);
        _driver.RunUntilIdle();
        Assert.Equal([new OrderTotal("ada", Noon, 30)], _totals.Values);
    }

    private void Add(string customer, decimal amount, int second) => _orders.Add(new Order(customer, amount, Noon.AddSeconds(second)));
}
