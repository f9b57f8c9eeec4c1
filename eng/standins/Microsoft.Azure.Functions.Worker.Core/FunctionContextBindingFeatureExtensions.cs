namespace Microsoft.Azure.Functions.Worker;

/// <remarks>Only the official worker knows what the host has sent.</remarks>
public static class FunctionContextBindingFeatureExtensions
{
    public static ValueTask<InputBindingData<T>> BindInputAsync<T>(this FunctionContext context, BindingMetadata bindingMetadata) => throw new NotSupportedException();
}
