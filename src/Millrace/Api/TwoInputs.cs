using Millrace.Graph;
using Millrace.Operators;

namespace Millrace.Api;

/// <summary>Adds nodes with two inputs.</summary>
internal static class TwoInputs
{
    public static SingleOutputStreamOperator<TOut> Add<T1, T2, TOut>(
        DataStream<T1> first,
        DataStream<T2> second,
        string name,
        Func<StreamOperator<TOut>> factory,
        bool isStateful
    )
    {
        if (!ReferenceEquals(first.Environment, second.Environment))
        {
            throw new ArgumentException(
                $"The two inputs of '{name}' were declared in different environments; declare both in one.",
                nameof(second)
            );
        }

        StreamNode<TOut> node = new(first.Environment.NextId(), NodeKind.Operator, name, factory) { IsStateful = isStateful };
        first.Connect(node, port: 0);
        second.Connect(node, port: 1);
        first.Environment.Add(node);
        return new SingleOutputStreamOperator<TOut>(first.Environment, node);
    }
}

/// <summary>A record of one of two streams, so that both can go into one window.</summary>
internal readonly record struct Tagged<T1, T2>(bool IsFirst, T1? First, T2? Second);
