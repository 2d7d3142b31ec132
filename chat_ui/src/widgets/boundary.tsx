/** Keeps a widget that cannot be drawn from taking the conversation with it. */
import { Component, type ReactNode } from "react";

/** `resetKey` changes when there is something new to try, a patched state for example. */
export type BoundaryProps = {
  readonly resetKey: unknown;
  readonly fallback: ReactNode;
  readonly children: ReactNode;
};

/** Shows `fallback` instead of children that throw. */
export class Boundary extends Component<
  BoundaryProps,
  { readonly failedWith: unknown; readonly failed: boolean }
> {
  override state: { readonly failedWith: unknown; readonly failed: boolean } = {
    failed: false,
    failedWith: undefined,
  };

  override componentDidCatch(): void {
    this.setState({ failed: true, failedWith: this.props.resetKey });
  }

  override render(): ReactNode {
    const broken = this.state.failed && this.state.failedWith === this.props.resetKey;
    return broken ? this.props.fallback : this.props.children;
  }
}
