using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;

namespace Millrace.Functions.Tasks;

/// <summary>
/// Tells an entity how many operations its batch has, so that it can serialize its state once, at the last. The framework serializes
/// whatever an operation sets, at once, and calls nothing when a batch ends; but the batch comes as one message, which is looked at before
/// the durable extension's middleware takes it. Where that is not possible the state is set after every operation.
/// </summary>
internal static class EntityBatchSize
{
    // orchestrator_service.proto: EntityBatchRequest { string instanceId = 1; StringValue entityState = 2; repeated OperationRequest
    // operations = 3; ... }
    private const int OperationsField = 3;
    private const int VarIntType = 0;
    private const int Fixed64Type = 1;
    private const int BytesType = 2;
    private const int Fixed32Type = 5;
    private static readonly object Key = new();

    /// <summary>
    /// Puts the count in front of everything that the worker's pipeline does; nothing happens where there is no pipeline.
    /// </summary>
    public static void AddTo(IServiceCollection services)
    {
        ServiceDescriptor? pipeline = services.LastOrDefault(service => service.ServiceType == typeof(FunctionExecutionDelegate));
        if (pipeline?.ImplementationFactory is not { } create)
        {
            return;
        }

        services.Remove(pipeline);
        services.AddSingleton<FunctionExecutionDelegate>(provider =>
        {
            FunctionExecutionDelegate next = (FunctionExecutionDelegate)create(provider);
            return context => RunAsync(context, next);
        });
    }

    /// <summary>Number of operations of the batch under way; <see langword="null"/> = not known.</summary>
    public static int? Of(FunctionContext context) =>
        context.Items is { } items && items.TryGetValue(Key, out object? count) ? (int)count : null;

    public static void Set(FunctionContext context, int count) => context.Items[Key] = count;

    /// <summary>
    /// Counts the operations in a batch as the host sends it, a message in base64; <see langword="null"/> = it is something else.
    /// </summary>
    public static int? Count(string? batch)
    {
        if (string.IsNullOrEmpty(batch))
        {
            return null;
        }

        byte[] bytes = ArrayPool<byte>.Shared.Rent(batch.Length);
        try
        {
            Encoding.ASCII.GetBytes(batch, bytes);
            return Base64.DecodeFromUtf8InPlace(bytes.AsSpan(0, batch.Length), out int length) == OperationStatus.Done
                ? CountIn(bytes.AsSpan(0, length))
                : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static async Task RunAsync(FunctionContext context, FunctionExecutionDelegate next)
    {
        foreach (BindingMetadata binding in context.FunctionDefinition.InputBindings.Values)
        {
            if (
                string.Equals(binding.Type, "entityTrigger", StringComparison.OrdinalIgnoreCase)
                && Count((await context.BindInputAsync<object>(binding).ConfigureAwait(false)).Value as string) is { } count
            )
            {
                Set(context, count);
            }
        }

        await next(context).ConfigureAwait(false);
    }

    private static int? CountIn(ReadOnlySpan<byte> message)
    {
        int count = 0;
        while (!message.IsEmpty)
        {
            if (!TryReadVarInt(ref message, out ulong tag))
            {
                return null;
            }

            count += tag >> 3 == OperationsField ? 1 : 0;
            ulong length;
            switch ((int)(tag & 7))
            {
                case VarIntType when TryReadVarInt(ref message, out _):
                    continue;
                case BytesType when TryReadVarInt(ref message, out length):
                    break;
                case Fixed64Type:
                    length = sizeof(ulong);
                    break;
                case Fixed32Type:
                    length = sizeof(uint);
                    break;
                default:
                    return null;
            }

            if (length > (ulong)message.Length)
            {
                return null;
            }

            message = message[(int)length..];
        }

        return count > 0 ? count : null;
    }

    private static bool TryReadVarInt(ref ReadOnlySpan<byte> message, out ulong value)
    {
        value = 0;
        for (int i = 0; i < message.Length && i < 10; i++)
        {
            value |= (ulong)(message[i] & 0x7F) << (7 * i);
            if (message[i] < 0x80)
            {
                message = message[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
