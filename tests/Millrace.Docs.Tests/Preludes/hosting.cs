global using static Prelude;
using Millrace.Api;

public static class Prelude
{
    public sealed class OrdersJob : IStreamJob
    {
        public string Name => "orders";

        public void Build(StreamExecutionEnvironment env) { }
    }
}
